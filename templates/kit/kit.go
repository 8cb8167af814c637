// Package kit is what a service and its adapters have in common: identifiers, errors,
// pages and events, which the domain may use, and the capability ports, such as
// [Transactor] and [Bus], which only ports and use cases may use. It imports only the
// standard library. Each package below it is named for its technology and its port.
package kit

import "time"

// API1 is the version of the API that derived code uses. Every derived file mentions it,
// so that derived code does not compile with a kit of another version.
const API1 = 1

// Clock tells the time.
type Clock interface {
	// Now returns the current time in UTC, truncated to microseconds, the precision that
	// every store keeps.
	Now() time.Time
}

// SystemClock is a Clock that tells the system's time.
type SystemClock struct{}

// Now returns the current time in UTC, truncated to microseconds.
func (SystemClock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Event is something that has happened. Events are plain structs, in the package of the
// entity that they are about. They are stored and sent as JSON: fields may be added, but
// must not change their meaning.
type Event interface {
	// Topic returns the kind of event, such as "order.created".
	Topic() string
	// Key returns what the event is about, such as the ID of an order. Events with the
	// same key are handled in the order in which they were committed.
	Key() string
}
