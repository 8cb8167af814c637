package ports

import "time"

// Clock tells the time.
type Clock interface {
	// Now returns the present in UTC, to the microsecond: the finest that every
	// store keeps.
	Now() time.Time
}
