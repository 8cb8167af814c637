// Package schedule emits events at times to come: see kit.Schedule. What is due is taken
// from the store, and its event put into the outbox, in one transaction. So it is emitted
// once, whichever process does it and whenever one dies, and delivered as any other event.
package schedule

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/delivering"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// Config says how often to look for what is due.
type Config struct {
	// Poll is the longest time between two looks; 0 is 1 s. What another process has set
	// for sooner than that is late by up to as long; everything else is on time.
	Poll time.Duration
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	if c.Poll < 10*time.Millisecond || c.Poll > time.Minute {
		report("Poll", "must be from 10ms to 1m")
	}
}

// Deps is what a Scheduler works with. Store, Tx and Events are of one database.
type Deps struct {
	Store  Store
	Tx     kit.Transactor
	Events kit.Emitter
	Codec  kit.EventCodec
	Clock  kit.Clock // for when an entry begins; what is due goes by the store's
	Log    *slog.Logger
}

// Declared is an entry that the program has by itself, for as long as it runs. Of two
// versions that run side by side each has its own, and of those with the same name only one
// emits an event for one time. Its times are made up for from when a version first had them.
type Declared struct {
	Name  string
	When  kit.When
	Event kit.Event
}

// Scheduler is a kit.Schedule, and emits what is due while Run does.
type Scheduler struct {
	config   Config
	deps     Deps
	declared []*declared
	stats    Stats
}

// Stats counts what a Scheduler has done.
type Stats struct {
	Fired  atomic.Int64 // events that were emitted
	Missed atomic.Int64 // how often an entry was found to be late by more than a minute
}

const (
	// batchSize is how many entries are done with in one transaction.
	batchSize = 100
	// postponement is when to look again at an entry whose event this version cannot
	// decode: another one may.
	postponement = 10 * time.Second
)

// New returns a scheduler. It returns Invalid for an entry that cannot be.
func New(c Config, d Deps, own ...Declared) (*Scheduler, error) {
	if c.Poll <= 0 {
		c.Poll = time.Second
	}
	s := &Scheduler{config: c, deps: d}
	for _, o := range own {
		if err := s.declare(o); err != nil {
			return nil, kit.Wrap(kit.CodeOf(err), err, "the entry "+o.Name+" of the schedule")
		}
	}
	return s, nil
}

// Stats returns what the scheduler counts.
func (s *Scheduler) Stats() *Stats { return &s.stats }

// Set keeps an entry: see kit.Schedule.
func (s *Scheduler) Set(ctx context.Context, name string, when kit.When, e kit.Event) error {
	t, err := s.check(name, when)
	if err != nil {
		return err
	}
	payload, err := s.deps.Codec.Encode(e)
	if err != nil {
		return err
	}
	due := t.first(s.deps.Clock.Now())
	return s.deps.Store.Put(ctx, Entry{Name: name, When: textOf(when), Due: due, At: due, Topic: e.Topic(), Payload: payload})
}

// check returns the times of an entry, or why it cannot be.
func (s *Scheduler) check(name string, when kit.When) (timing, error) {
	const longest = 200
	if name == "" || len(name) > longest || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return timing{}, kit.Errorf(kit.Invalid, "the name %.40q of an entry of the schedule must have 1 to %d bytes of text", name, longest)
	}
	return compile(when)
}

// Cancel removes an entry: see kit.Schedule.
func (s *Scheduler) Cancel(ctx context.Context, name string) error {
	return s.deps.Store.Drop(ctx, name)
}

// Run emits what is due, until ctx ends.
func (s *Scheduler) Run(ctx context.Context) error {
	ctx = delivering.With(ctx)
	for ctx.Err() == nil {
		wait, err := s.turn(ctx)
		if err != nil && ctx.Err() == nil {
			s.deps.Log.WarnContext(ctx, "cannot emit the events of the schedule; trying again", "error", err)
			wait = time.Second
		}
		_ = retry.Wait(ctx, wait) // the loop notices when ctx ends
	}
	return ctx.Err()
}

// turn emits what is due, and returns how long to wait for what is next. Processes do not
// look at the same moments.
func (s *Scheduler) turn(ctx context.Context) (wait time.Duration, err error) {
	now, next, err := s.deps.Store.Next(ctx)
	if err != nil {
		return 0, err
	}
	wait = s.config.Poll - rand.N(s.config.Poll/10+1)
	for _, d := range s.declared {
		if _, err := s.fireDeclared(ctx, d, now); err != nil {
			return 0, err
		}
		if !d.next.IsZero() {
			wait = min(wait, d.next.Sub(now))
		}
	}
	switch {
	case next.IsZero():
		return wait, nil
	case next.After(now):
		return min(wait, next.Sub(now)), nil
	}
	fired, err := s.fireKept(ctx, now)
	if fired > 0 {
		return 0, err // there may be more by now
	}
	return min(wait, s.config.Poll/10), err // another process has it
}

// Fire emits what is due at a time, and returns how many events that were.
func (s *Scheduler) Fire(ctx context.Context, now time.Time) (fired int, err error) {
	for _, d := range s.declared {
		n, err := s.fireDeclared(ctx, d, now)
		if fired += n; err != nil {
			return fired, err
		}
	}
	n, err := s.fireKept(ctx, now)
	return fired + n, err
}

// fireKept emits what is due of the entries in the store.
func (s *Scheduler) fireKept(ctx context.Context, now time.Time) (fired int, err error) {
	for looked := 1; looked > 0 && err == nil; {
		var events []kit.Event
		var missed int64
		err = s.deps.Tx.Within(ctx, func(ctx context.Context) error {
			entries, err := s.deps.Store.Due(ctx, now, batchSize)
			if err != nil {
				return err
			}
			var left []Entry
			var done []string
			events, missed, looked = nil, 0, len(entries) // it may have been run before
			for _, e := range entries {
				if now.Sub(e.Due) > grace {
					missed++
				}
				more, next := s.advance(ctx, e, now)
				if events = append(events, more...); next.At.IsZero() {
					done = append(done, e.Name)
				} else {
					left = append(left, next)
				}
			}
			return cmp.Or(s.deps.Store.Put(ctx, left...), s.deps.Store.Drop(ctx, done...), s.deps.Events.Emit(ctx, events...))
		})
		if err == nil {
			fired += len(events)
			s.stats.Fired.Add(int64(len(events)))
			s.stats.Missed.Add(missed)
		}
	}
	return fired, err
}

// advance returns the events of an entry that is due, and the entry as it is after that; At
// is zero if it is not needed any more.
func (s *Scheduler) advance(ctx context.Context, e Entry, now time.Time) (events []kit.Event, next Entry) {
	t, err := parse(e.When)
	var event kit.Event
	if err == nil {
		event, err = s.deps.Codec.Decode(e.Topic, e.Payload)
	}
	if err != nil {
		s.deps.Log.WarnContext(ctx, "cannot emit an event of the schedule; this version may not know it", "name", e.Name, "topic", e.Topic, "error", err)
		e.At = now.Add(postponement)
		return nil, e
	}
	runs, done := t.runs(e.Due, now)
	e.Due = t.next(done)
	e.At = e.Due
	return eventsOf(event, runs), e
}

// eventsOf returns an event for each of its times.
func eventsOf(e kit.Event, runs []time.Time) []kit.Event {
	events := make([]kit.Event, len(runs))
	for i, run := range runs {
		events[i] = dueAt(e, run)
	}
	return events
}

// dueAt returns an event for one of its times.
func dueAt(e kit.Event, due time.Time) kit.Event {
	if d, ok := e.(kit.DueEvent); ok {
		return d.DueAt(due.UTC())
	}
	return e
}
