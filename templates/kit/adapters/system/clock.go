// Package system is what the machine offers by itself.
package system

import "time"

// Clock is the machine's clock.
type Clock struct{}

// Now returns the present in UTC, to the microsecond.
func (Clock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
