package memorystore

import (
	"context"
	"slices"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/schedule"
)

// Schedule keeps the entries of a schedule: see schedule.Store.
type Schedule struct {
	db             *DB
	kept, declared *rows // of *schedule.Entry and *declaration, by their names
}

// declaration is what is kept of an entry of the program.
type declaration struct {
	when        string
	since, done time.Time
}

// NewSchedule returns one without entries.
func NewSchedule(db *DB) *Schedule {
	return &Schedule{db, &rows{committed: map[place]any{}}, &rows{committed: map[place]any{}}}
}

// Next returns the time, and that of the earliest entry.
func (s *Schedule) Next(ctx context.Context) (now, at time.Time, err error) {
	first, err := s.Entries(ctx, 1)
	if len(first) > 0 {
		at = first[0].At
	}
	return kit.SystemClock{}.Now(), at, err
}

// Due returns entries that are due. There is only one transaction at a time.
func (s *Schedule) Due(ctx context.Context, now time.Time, limit int) ([]schedule.Entry, error) {
	entries, err := s.Entries(ctx, limit)
	for i, e := range entries {
		if e.At.After(now) {
			return entries[:i], err
		}
	}
	return entries, err
}

// Entries returns the entries that are due first.
func (s *Schedule) Entries(ctx context.Context, limit int) (entries []schedule.Entry, err error) {
	err = s.db.use(ctx, func(t *transaction) error {
		for _, e := range t.all(s.kept) {
			entries = append(entries, *e.(*schedule.Entry))
		}
		return nil
	})
	slices.SortFunc(entries, func(a, b schedule.Entry) int { return a.At.Compare(b.At) })
	return entries[:min(limit, len(entries))], err
}

// Put keeps entries, each in place of the one with its name.
func (s *Schedule) Put(ctx context.Context, entries ...schedule.Entry) error {
	return s.db.write(ctx, func(t *transaction) error {
		for _, e := range entries {
			e.Payload = slices.Clone(e.Payload)
			t.rows[rowID{s.kept, place{key: kit.Cursor(e.Name)}}] = &e
		}
		return nil
	})
}

// Drop removes entries.
func (s *Schedule) Drop(ctx context.Context, names ...string) error {
	return s.db.write(ctx, func(t *transaction) error {
		for _, name := range names {
			t.rows[rowID{s.kept, place{key: kit.Cursor(name)}}] = nil
		}
		return nil
	})
}

// Declare records that a program has an entry.
func (s *Schedule) Declare(ctx context.Context, name, when string, now time.Time) (done time.Time, err error) {
	err = s.db.write(ctx, func(t *transaction) error {
		d := declaration{when: when, since: now, done: now}
		if known, ok := t.get(s.declared, place{key: kit.Cursor(name)}).(*declaration); ok {
			d.done = known.done
			if known.when == when {
				d.since = known.since
			}
		}
		if done = d.done; done.Before(d.since) {
			done = d.since
		}
		return t.set(s.declared, place{key: kit.Cursor(name)}, &d, nil)
	})
	return done, err
}

// Done returns the last time that was done of a declared entry.
func (s *Schedule) Done(ctx context.Context, name string) (done time.Time, err error) {
	err = s.db.use(ctx, func(t *transaction) error {
		if d, ok := t.get(s.declared, place{key: kit.Cursor(name)}).(*declaration); ok {
			done = d.done
		}
		return nil
	})
	return done, err
}

// Advance changes that time.
func (s *Schedule) Advance(ctx context.Context, name string, before, done time.Time) (first bool, err error) {
	err = s.db.write(ctx, func(t *transaction) error {
		d, ok := t.get(s.declared, place{key: kit.Cursor(name)}).(*declaration)
		if first = ok && d.done.Equal(before); !first {
			return nil
		}
		advanced := *d
		advanced.done = done
		return t.set(s.declared, place{key: kit.Cursor(name)}, &advanced, nil)
	})
	return first, err
}
