package schedule

import (
	"context"
	"slices"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// declared is an entry of the program. The store keeps no more of it than up to which time
// it is done, by its name: what it is, each version of the program knows for itself.
type declared struct {
	name, when string
	event      kit.Event
	timing     timing
	known      bool      // the store has a record of it, and what follows is known
	next       time.Time // zero if there is none
}

func (s *Scheduler) declare(d Declared) error {
	t, err := s.check(d.Name, d.When)
	if err != nil {
		return err
	}
	if _, err := s.deps.Codec.Encode(d.Event); err != nil {
		return err
	}
	for _, other := range s.declared {
		if other.name == d.Name {
			return kit.Errorf(kit.Invalid, "it is declared twice")
		}
	}
	s.declared = append(s.declared, &declared{name: d.Name, when: textOf(d.When), event: d.Event, timing: t})
	return nil
}

// fireDeclared emits what is due of an entry. Nobody else uses the entry meanwhile.
func (s *Scheduler) fireDeclared(ctx context.Context, d *declared, now time.Time) (fired int, err error) {
	if !d.known {
		if err := s.learn(ctx, d, now); err != nil {
			return 0, err
		}
	}
	for !d.next.IsZero() && !d.next.After(now) && err == nil {
		var n int
		n, err = s.advanceDeclared(ctx, d, now)
		fired += n
	}
	return fired, err
}

// learn records that the program has the entry, and finds out what is next.
func (s *Scheduler) learn(ctx context.Context, d *declared, now time.Time) error {
	done, err := s.deps.Store.Declare(ctx, d.name, d.when, now)
	if err == nil {
		d.known, d.next = true, d.timing.next(done)
	}
	return err
}

// advanceDeclared emits what is due of an entry and has not been done by another process.
func (s *Scheduler) advanceDeclared(ctx context.Context, d *declared, now time.Time) (fired int, err error) {
	var runs []time.Time
	var next time.Time
	late := now.Sub(d.next) > grace
	err = s.deps.Tx.Within(ctx, func(ctx context.Context) error {
		runs = nil // it may have been run before
		before, err := s.deps.Store.Done(ctx, d.name)
		if err != nil {
			return err
		}
		due := d.next
		if !before.Before(due) {
			due = d.timing.next(before)
		}
		if next = due; due.IsZero() || due.After(now) {
			return nil
		}
		times, done := d.timing.runs(due, now)
		next = d.timing.next(done)
		if first, err := s.deps.Store.Advance(ctx, d.name, before, done); err != nil || !first {
			return err
		}
		runs = times
		return s.deps.Events.Emit(ctx, eventsOf(d.event, runs)...)
	})
	if err != nil {
		return 0, err
	}
	d.next = next
	s.stats.Fired.Add(int64(len(runs)))
	if late && len(runs) > 0 {
		s.stats.Missed.Add(1)
	}
	return len(runs), nil
}

// Entries returns up to limit entries, those that are due next first: those of the program,
// too. It changes nothing.
func (s *Scheduler) Entries(ctx context.Context, limit int) ([]Entry, error) {
	entries, err := s.deps.Store.Entries(ctx, limit)
	if err != nil {
		return nil, err
	}
	for _, d := range s.declared {
		next := d.timing.first(s.deps.Clock.Now())
		done, err := s.deps.Store.Done(ctx, d.name)
		if err != nil {
			return nil, err
		}
		if !done.IsZero() {
			next = d.timing.next(done)
		}
		if !next.IsZero() {
			entries = append(entries, Entry{Name: d.name, When: d.when + " (declared)", Due: next, At: next, Topic: d.event.Topic()})
		}
	}
	slices.SortStableFunc(entries, func(a, b Entry) int { return a.At.Compare(b.At) })
	return entries[:min(limit, len(entries))], nil
}
