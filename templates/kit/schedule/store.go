package schedule

import (
	"context"
	"time"
)

// Store keeps entries. All methods take part in the transaction of their context, if there
// is one, and may be called concurrently.
type Store interface {
	// Next returns the time of the store's clock, and the earliest At of all entries; zero
	// if there are none.
	Next(ctx context.Context) (now, at time.Time, err error)
	// Due returns up to limit entries whose At is not after now, earliest first. It locks
	// them until the transaction of ctx ends, and leaves out those that others have locked.
	Due(ctx context.Context, now time.Time, limit int) ([]Entry, error)
	// Put keeps entries, each in place of the one with its name.
	Put(ctx context.Context, entries ...Entry) error
	// Drop removes the entries with the names, of those that there are.
	Drop(ctx context.Context, names ...string) error
	// Entries returns up to limit entries, those with the earliest At first.
	Entries(ctx context.Context, limit int) ([]Entry, error)

	// Declare records that a program has an entry. It returns the time up to which that is
	// done: for one that was not recorded, or with other times, now.
	Declare(ctx context.Context, name, when string, now time.Time) (done time.Time, err error)
	// Done returns the last time that was done of a declared entry.
	Done(ctx context.Context, name string) (time.Time, error)
	// Advance changes the time that Done returns, and reports whether it was before.
	Advance(ctx context.Context, name string, before, done time.Time) (bool, error)
}

// Entry is what a Store keeps. Times are in UTC, in microseconds.
type Entry struct {
	Name    string
	When    string    // its times, as a text
	Due     time.Time // the next of them
	At      time.Time // when to look at it: when it is due, or later if nobody could emit it then
	Topic   string    // of its event
	Payload []byte    // its event, encoded
}
