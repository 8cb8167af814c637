package scheduletest

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/schedule"
)

var entryTests = []suiteTest{
	{"emits an event when it is due", emitsWhenDue},
	{"emits once whoever does it", emitsOnce},
	{"keeps what was committed alone", keepsCommitted},
	{"emits nothing that is rolled back", emitsCommitted},
	{"replaces the entry with the name", replaces},
	{"cancels an entry", cancels},
	{"goes on from time to time", goesOn},
	{"emits many in the order of their times", emitsInOrder},
	{"makes up for what was missed by choice", makesUp},
	{"leaves what it cannot decode to others", leavesUnknown},
	{"tells the time and what is next", tellsNext},
	{"lists what is next first", listsNext},
	{"keeps any text", keepsText},
}

func emitsWhenDue(t *testing.T, r *rig) {
	s := r.scheduler(t)
	set(t, t.Context(), s, "a", kit.At(after(time.Hour)))
	r.fire(t, s, after(time.Hour-time.Microsecond))
	r.fire(t, s, after(time.Hour+time.Second), after(time.Hour))
	r.fire(t, s, after(2*time.Hour))
	set(t, t.Context(), s, "past", kit.At(after(-time.Hour)))
	r.fire(t, r.scheduler(t), noon, after(-time.Hour))
	r.fire(t, s, noon) // the clock was set back
}

func emitsOnce(t *testing.T, r *rig) {
	const n = 300
	s := r.scheduler(t)
	assert.NoError(t, r.Within(t.Context(), func(ctx context.Context) error {
		for i := range n {
			if err := s.Set(ctx, fmt.Sprint(i), kit.At(after(time.Minute)), Reminder{Text: fmt.Sprint(i)}); err != nil {
				return err
			}
		}
		return nil
	}))
	var said atomic.Int64
	others := []*schedule.Scheduler{s, r.scheduler(t), r.scheduler(t), r.scheduler(t)}
	assert.Concurrently(len(others), func(i int) {
		fired, err := others[i].Fire(t.Context(), after(time.Minute))
		said.Add(int64(fired))
		if err != nil {
			t.Error(err)
		}
	})
	fired, err := s.Fire(t.Context(), after(time.Minute)) // what one of them had locked when it failed
	assert.NoError(t, err)
	times := map[string]int{}
	for _, e := range r.claim(t) {
		times[e.Text]++
	}
	for text, k := range times {
		if k != 1 {
			t.Errorf("%s was emitted %d times", text, k)
		}
	}
	if len(times) != n || said.Add(int64(fired)) != n {
		t.Errorf("%d of %d events were emitted, and said to be %d", len(times), n, said.Load())
	}
}

func keepsCommitted(t *testing.T, r *rig) {
	s := r.scheduler(t)
	set(t, t.Context(), s, "kept", kit.At(noon))
	r.rollBack(t, func(ctx context.Context) {
		assert.NoError(t, s.Cancel(ctx, "kept"))
		set(t, ctx, s, "dropped", kit.At(after(time.Minute)))
	})
	r.fire(t, s, after(time.Minute), noon)
	assert.NoError(t, r.Within(t.Context(), func(ctx context.Context) error {
		return s.Set(ctx, "committed", kit.At(after(time.Hour)), Reminder{})
	}))
	r.fire(t, s, after(time.Hour), after(time.Hour))
}

func emitsCommitted(t *testing.T, r *rig) {
	s := r.scheduler(t)
	set(t, t.Context(), s, "a", kit.Every(time.Hour, noon))
	r.rollBack(t, func(ctx context.Context) {
		n, err := s.Fire(ctx, after(time.Hour))
		if n != 1 || err != nil {
			t.Errorf("%d events were emitted: %v", n, err)
		}
	})
	if n := len(r.claim(t)); n != 0 {
		t.Errorf("%d events are there of a transaction that was rolled back", n)
	}
	r.fire(t, s, after(time.Hour), after(time.Hour))
}

func replaces(t *testing.T, r *rig) {
	s := r.scheduler(t)
	set(t, t.Context(), s, "a", kit.At(after(time.Hour)))
	assert.NoError(t, s.Set(t.Context(), "a", kit.At(after(2*time.Hour)), Reminder{Text: "later"}))
	r.fire(t, s, after(time.Hour))
	if n, err := s.Fire(t.Context(), after(2*time.Hour)); n != 1 || err != nil {
		t.Errorf("%d events were emitted: %v", n, err)
	}
	if e := r.claim(t); len(e) != 1 || e[0].Text != "later" {
		t.Errorf("emitted %v, want the event that was set last", e)
	}
}

func cancels(t *testing.T, r *rig) {
	s := r.scheduler(t)
	set(t, t.Context(), s, "a", kit.At(noon))
	set(t, t.Context(), s, "b", kit.Every(time.Hour, noon))
	assert.NoError(t, s.Cancel(t.Context(), "a"))
	assert.NoError(t, s.Cancel(t.Context(), "b"))
	assert.NoError(t, s.Cancel(t.Context(), "never was"))
	wantNames(t, r)
	r.fire(t, s, after(time.Hour))
}

func goesOn(t *testing.T, r *rig) {
	s := r.scheduler(t)
	set(t, t.Context(), s, "a", kit.Every(time.Hour, after(30*time.Minute)))
	r.fire(t, s, after(29*time.Minute))
	for _, hours := range []time.Duration{0, 1, 2} {
		due := after(30*time.Minute + hours*time.Hour)
		r.fire(t, r.scheduler(t), due.Add(time.Second), due)
		r.fire(t, s, due.Add(2*time.Second))
		r.fire(t, s, due.Add(-30*time.Minute)) // the clock was set back
	}
}

func emitsInOrder(t *testing.T, r *rig) {
	const n = 250 // more than are taken at once
	s := r.scheduler(t)
	var want []time.Time
	for i := range n {
		due := after(time.Duration((i*37)%n) * time.Millisecond)
		set(t, t.Context(), s, fmt.Sprint(i), kit.At(due))
		want = append(want, due)
	}
	slices.SortFunc(want, time.Time.Compare)
	r.fire(t, s, after(time.Second), want...)
	wantNames(t, r)
}

func makesUp(t *testing.T, r *rig) {
	s := r.scheduler(t)
	const ten = 10 * time.Minute
	late := after(35 * time.Minute)
	set(t, t.Context(), s, "a", kit.Every(ten, noon).IfMissed(kit.MissedEach))
	r.fire(t, s, late, after(ten), after(2*ten), after(3*ten))
	assert.NoError(t, s.Cancel(t.Context(), "a"))
	set(t, t.Context(), s, "b", kit.Every(ten, noon))
	r.fire(t, s, late, after(3*ten))
	r.fire(t, s, after(4*ten), after(4*ten))
	assert.NoError(t, s.Cancel(t.Context(), "b"))
	set(t, t.Context(), s, "c", kit.Every(ten, noon).IfMissed(kit.MissedSkip))
	r.fire(t, s, late)
	r.fire(t, s, after(4*ten+time.Second), after(4*ten))
	assert.NoError(t, s.Cancel(t.Context(), "c"))
	set(t, t.Context(), s, "d", kit.At(noon).IfMissed(kit.MissedSkip))
	r.fire(t, s, late)
	wantNames(t, r)
}

func leavesUnknown(t *testing.T, r *rig) {
	old, recent := r.scheduler(t), r.schedulerWith(t, versatile{})
	payload, _ := codec{}.Encode(Reminder{Text: "new"})
	assert.NoError(t, r.entries(t).Put(t.Context(), schedule.Entry{
		Name: "new", When: "at 2026-03-01T12:00:00Z", Due: noon, At: noon, Topic: "of.a.newer.version", Payload: payload,
	}))
	set(t, t.Context(), old, "old", kit.At(noon))
	r.fire(t, old, noon, noon)
	r.fire(t, old, noon)
	r.fire(t, recent, after(time.Minute), noon)
}

func tellsNext(t *testing.T, r *rig) {
	now, at, err := r.entries(t).Next(t.Context())
	assert.NoError(t, err)
	if d := time.Since(now).Abs(); d > time.Hour || !at.IsZero() {
		t.Errorf("it is said to be %v, which is wrong by %v, and the earliest of no entries to be due at %v", now, d, at)
	}
	s := r.scheduler(t)
	set(t, t.Context(), s, "b", kit.At(after(time.Hour)))
	set(t, t.Context(), s, "a", kit.At(after(time.Minute)))
	if _, at, err = r.entries(t).Next(t.Context()); err != nil || !at.Equal(after(time.Minute)) {
		t.Errorf("the earliest entry is due at %v: %v", at, err)
	}
}

func listsNext(t *testing.T, r *rig) {
	s := r.scheduler(t)
	for i, name := range []string{"c", "a", "b"} {
		set(t, t.Context(), s, name, kit.At(after(time.Duration(i)*time.Second)))
	}
	wantNames(t, r, "c", "a", "b")
	entries, err := r.entries(t).Entries(t.Context(), 1)
	assert.NoError(t, err)
	e := entries[0]
	if e.When != "at 2026-03-01T12:00:00Z" || !e.Due.Equal(noon) || !e.At.Equal(noon) || e.Topic != "reminder.due" {
		t.Errorf("%+v", e)
	}
}

func keepsText(t *testing.T, r *rig) {
	s := r.scheduler(t)
	names := []string{"'; --", "Zoë", "zoë", "a\u2028b", " ", "%_\\"}
	for i, name := range names {
		set(t, t.Context(), s, name, kit.At(after(time.Duration(i)*time.Microsecond)))
	}
	wantNames(t, r, names...)
	_, err := s.Fire(t.Context(), after(time.Second))
	assert.NoError(t, err)
	var texts []string
	for _, e := range r.claim(t) {
		texts = append(texts, e.Text)
	}
	if !slices.Equal(texts, names) {
		t.Errorf("emitted %q, want %q", texts, names)
	}
}

// wantNames compares the entries that there are.
func wantNames(t *testing.T, r *rig, want ...string) {
	t.Helper()
	entries, err := r.entries(t).Entries(t.Context(), 1000)
	assert.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	if !slices.Equal(names, want) {
		t.Errorf("there are the entries %q, want %q", names, want)
	}
}
