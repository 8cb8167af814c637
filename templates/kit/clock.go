package kit

import "time"

// Clock tells the time.
type Clock interface {
	// Now returns the current time in UTC, truncated to microseconds: the finest
	// precision that every store keeps.
	Now() time.Time
}

// SystemClock is the Clock of the machine.
type SystemClock struct{}

// Now returns the current time in UTC, truncated to microseconds.
func (SystemClock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
