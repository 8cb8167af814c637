// Package timing is like time.
package timing

import "time"

// Timing is when something is.
type Timing struct {
	From, To time.Time
}

// Item is called like order's would be, if there were one.
type Item struct{ Timing Timing }
