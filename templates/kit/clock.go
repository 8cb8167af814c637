package kit

import "time"

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
