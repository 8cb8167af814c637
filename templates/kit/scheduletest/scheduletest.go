// Package scheduletest is the conformance suite of a schedule.Store, which it runs with the
// scheduler above it: what is due is emitted once, and nothing else.
package scheduletest

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/schedule"
)

// Database is a database with a schedule in it.
type Database interface {
	kit.Transactor
	kit.Emitter
	Claim(ctx context.Context, limit int, lease time.Duration) ([]kit.Message, error)
	Schedule(ctx context.Context) (schedule.Store, error)
}

// Open returns a fresh, empty database that uses the codec and ends with the test.
type Open func(t *testing.T, codec kit.EventCodec) Database

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, test := range slices.Concat(entryTests, declaredTests) {
		t.Run(test.name, func(t *testing.T) { test.run(t, &rig{open(t, codec{})}) })
	}
}

type suiteTest struct {
	name string
	run  func(t *testing.T, r *rig)
}

// Reminder is the event of the suite.
type Reminder struct {
	Text string
	Due  time.Time
}

// Topic returns "reminder.due".
func (Reminder) Topic() string { return "reminder.due" }

// Key returns the text.
func (r Reminder) Key() string { return r.Text }

// DueAt returns the event with the time.
func (r Reminder) DueAt(due time.Time) kit.Event {
	r.Due = due
	return r
}

// codec knows Reminder, and no other event.
type codec struct{}

func (codec) Encode(e kit.Event) ([]byte, error) {
	if _, ok := e.(Reminder); !ok {
		return nil, kit.Errorf(kit.Invalid, "unknown event %T", e)
	}
	return json.Marshal(e)
}

func (codec) Decode(topic string, payload []byte) (kit.Event, error) {
	var r Reminder
	if topic != r.Topic() {
		return nil, kit.Errorf(kit.Invalid, "unknown topic %s", topic)
	}
	err := json.Unmarshal(payload, &r)
	return r, err
}

// versatile is the codec of a version that knows every topic.
type versatile struct{ codec }

func (versatile) Decode(_ string, payload []byte) (kit.Event, error) {
	return codec{}.Decode(Reminder{}.Topic(), payload)
}

// noon is when tests begin.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// still is a clock at noon.
type still struct{}

func (still) Now() time.Time { return noon }

// rig adds to a database what the tests do often. Its methods end the test where it fails.
type rig struct{ Database }

// scheduler returns one as of another process.
func (r *rig) scheduler(t *testing.T, own ...schedule.Declared) *schedule.Scheduler {
	t.Helper()
	return r.schedulerWith(t, codec{}, own...)
}

func (r *rig) schedulerWith(t *testing.T, c kit.EventCodec, own ...schedule.Declared) *schedule.Scheduler {
	t.Helper()
	s, err := schedule.New(schedule.Config{}, schedule.Deps{
		Store: r.entries(t), Tx: r, Events: r, Codec: c, Clock: still{}, Log: slog.New(slog.DiscardHandler),
	}, own...)
	assert.NoError(t, err)
	return s
}

func (r *rig) entries(t *testing.T) schedule.Store {
	t.Helper()
	s, err := r.Schedule(t.Context())
	assert.NoError(t, err)
	return s
}

func set(t *testing.T, ctx context.Context, s *schedule.Scheduler, name string, when kit.When) {
	t.Helper()
	assert.NoError(t, s.Set(ctx, name, when, Reminder{Text: name}))
}

// fire emits what is due at a time, and compares when that was due.
func (r *rig) fire(t *testing.T, s *schedule.Scheduler, now time.Time, want ...time.Time) {
	t.Helper()
	n, err := s.Fire(t.Context(), now)
	assert.NoError(t, err)
	claimed := r.claim(t)
	if n != len(claimed) {
		t.Errorf("%d events were emitted, and said to be %d", len(claimed), n)
	}
	var got []time.Time
	for _, e := range claimed {
		got = append(got, e.Due)
	}
	if !slices.EqualFunc(got, want, time.Time.Equal) {
		t.Fatalf("at %v, what was due at %v was emitted, want %v", now, got, want)
	}
}

// claim returns what was emitted since it was last called.
func (r *rig) claim(t *testing.T) (all []Reminder) {
	t.Helper()
	for {
		messages, err := r.Claim(t.Context(), 1000, time.Hour)
		assert.NoError(t, err)
		for _, m := range messages {
			e, err := codec{}.Decode(m.Topic, m.Payload)
			assert.NoError(t, err)
			all = append(all, e.(Reminder))
		}
		if len(messages) == 0 {
			return all
		}
	}
}

func after(d time.Duration) time.Time { return noon.Add(d) }

// errRefused is what functions return to have their transaction rolled back.
var errRefused = errors.New("refused by the test")

// rollBack runs a function in a transaction that is rolled back.
func (r *rig) rollBack(t *testing.T, fn func(ctx context.Context)) {
	t.Helper()
	err := r.Within(t.Context(), func(ctx context.Context) error {
		fn(ctx)
		return errRefused
	})
	if !errors.Is(err, errRefused) {
		t.Fatal(err)
	}
}
