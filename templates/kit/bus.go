package kit

import (
	"context"
	"time"
)

// Message is one message on its way over a bus.
type Message struct {
	ID      UUID      // the same at every delivery: what an inbox goes by
	Topic   string    // the kind of message, such as "order.created"
	Key     string    // messages of one key are delivered in order
	Group   string    // the one group that it is for; "" is every group
	Time    time.Time // when it was written, UTC
	Payload []byte    // read only
}

// Handler handles one message. An error asks for it again.
type Handler func(ctx context.Context, m Message) error

// Subscription names who receives what. Each group receives every message of
// its topics; of a group's members, across all processes, one handles it.
type Subscription struct {
	Group  string   // lower-case letters, digits, - and _
	Topics []string // at least one, each in full
}

// Bus carries messages to groups of subscribers, each message at least once,
// messages of one key in the order of publishing.
//
// All methods may be called concurrently.
type Bus interface {
	// Publish hands messages to the bus. It returns once their order is fixed:
	// what is published later, from any goroutine, comes later for the same key.
	// It blocks while the bus has no room, until ctx ends.
	//
	// For each message taken is called exactly once, from any goroutine and
	// perhaps before Publish returns, with the message's index and nil once the
	// bus has taken responsibility for it: a broker has confirmed it durably, or,
	// where there is no broker, every group has handled it. With an error, it may
	// or may not be delivered, and whoever published keeps responsibility; those of
	// its key that were published before it was called with the error, and not taken
	// by then, are answered with an error as well.
	// The errors are Unavailable, or Invalid for a message that can never be sent.
	Publish(ctx context.Context, taken func(i int, err error), msgs ...Message)

	// Subscribe begins to deliver messages to the handler and returns. Messages
	// of one key are handled one after another; those of different keys
	// concurrently. A message whose handler returns an error, panics, or does
	// not return before its process dies is delivered again, before any later
	// message of its key. A group keeps its place while nobody is subscribed if
	// the bus declares Durable.
	//
	// stop ends the subscription: no further message is begun, those under way
	// are waited for until stop's context ends, and then their contexts are
	// cancelled. Invalid is returned for a subscription without group or topic,
	// Conflict for a second one of the same group in one process.
	Subscribe(ctx context.Context, s Subscription, h Handler) (stop func(context.Context) error, err error)

	// Ping returns nil if the bus can take messages now, otherwise Unavailable
	// with the cause.
	Ping(ctx context.Context) error

	// Capability says what this bus can do beyond what every bus can.
	Capability() BusCapability

	// Close ends every subscription, answers what was published and not taken
	// with Unavailable, and frees what the bus holds. Later calls answer
	// Unavailable. Close may be called again.
	Close() error
}

// BusCapability declares as data where buses differ. The conformance suite
// asserts each, both where it is declared and where it is not.
type BusCapability struct {
	Durable   bool // it keeps messages itself: they survive the process that published them
	Connected bool // it reaches other processes
}
