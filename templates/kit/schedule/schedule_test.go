package schedule_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/memorystore"
	"github.com/outgrowkit/outgrow/templates/kit/schedule"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// observed is a store that counts looks, and fails while it is told to, or has others lock
// what is due.
type observed struct {
	schedule.Store
	looks        atomic.Int64
	away, locked atomic.Bool
}

func (o *observed) Due(ctx context.Context, now time.Time, limit int) ([]schedule.Entry, error) {
	if o.locked.Load() {
		return nil, nil
	}
	return o.Store.Due(ctx, now, limit)
}

func (o *observed) Next(ctx context.Context) (now, at time.Time, err error) {
	if o.looks.Add(1); o.away.Load() {
		return now, at, kit.Errorf(kit.Unavailable, "the store is away")
	}
	return o.Store.Next(ctx)
}

// fixture is a scheduler in memory.
type fixture struct {
	*schedule.Scheduler
	db    *memorystore.DB
	store *observed
}

func newFixture(t *testing.T, own ...schedule.Declared) fixture {
	t.Helper()
	db := memorystore.New(storetest.Codec{})
	f := fixture{db: db, store: &observed{Store: memorystore.NewSchedule(db)}}
	var err error
	if f.Scheduler, err = f.scheduler(own...); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f fixture) scheduler(own ...schedule.Declared) (*schedule.Scheduler, error) {
	return schedule.New(schedule.Config{}, schedule.Deps{
		Store: f.store, Tx: f.db, Events: f.db, Codec: storetest.Codec{}, Clock: kit.SystemClock{}, Log: slog.New(slog.DiscardHandler),
	}, own...)
}

// run runs the scheduler until the test ends.
func (f fixture) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- f.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
	})
}

// wantEmitted waits until nothing happens any more, and compares how much was emitted.
func (f fixture) wantEmitted(t *testing.T, want int) {
	t.Helper()
	synctest.Wait()
	messages, err := f.db.Claim(t.Context(), 1000, time.Hour)
	if err != nil || len(messages) != want {
		t.Errorf("%d events were emitted, want %d: %v", len(messages), want, err)
	}
}

// TestRunIsOnTimeAndIdleBetween shows that an event is emitted to the microsecond, and how
// often the store is asked until then.
func TestRunIsOnTimeAndIdleBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hourly := schedule.Declared{Name: "hourly", When: kit.Every(time.Hour, time.Time{}), Event: storetest.Event{About: "hourly"}}
		f := newFixture(t, hourly)
		f.run(t)
		now := time.Now()
		due := now.Truncate(time.Hour).Add(time.Hour + 30*time.Minute)
		if err := f.Set(t.Context(), "once", kit.At(due), storetest.Event{About: "once"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(now.Truncate(time.Hour).Add(time.Hour - time.Millisecond).Sub(now))
		f.wantEmitted(t, 0)
		time.Sleep(time.Millisecond + time.Microsecond)
		f.wantEmitted(t, 1)
		time.Sleep(30*time.Minute - time.Millisecond - time.Microsecond)
		f.wantEmitted(t, 0)
		time.Sleep(time.Millisecond + time.Microsecond)
		f.wantEmitted(t, 1)
		f.store.looks.Store(0)
		time.Sleep(10 * time.Minute)
		if n := f.store.looks.Load(); n < 550 || n > 670 {
			t.Errorf("the store was asked %d times in ten minutes, want about once a second", n)
		}
		if fired, missed := f.Stats().Fired.Load(), f.Stats().Missed.Load(); fired != 2 || missed != 0 {
			t.Errorf("%d events and %d missed are counted", fired, missed)
		}
	})
}

// TestRunOutlivesAnOutage shows that a store which is away ends nothing, and that what was
// missed meanwhile is made up for.
func TestRunOutlivesAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		if err := f.Set(t.Context(), "a", kit.Every(10*time.Minute, time.Time{}), storetest.Event{}); err != nil {
			t.Fatal(err)
		}
		f.run(t)
		f.store.away.Store(true)
		time.Sleep(time.Hour + 5*time.Minute)
		f.wantEmitted(t, 0)
		f.store.away.Store(false)
		time.Sleep(time.Second)
		f.wantEmitted(t, 1)
		if missed := f.Stats().Missed.Load(); missed != 1 {
			t.Errorf("%d missed are counted", missed)
		}
	})
}

// TestRunWaitsForOthers shows that a process which has locked what is due and is frozen
// keeps others neither busy nor from what they declare.
func TestRunWaitsForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, schedule.Declared{Name: "own", When: kit.Every(10*time.Second, time.Time{}), Event: storetest.Event{}})
		f.store.locked.Store(true)
		if err := f.Set(t.Context(), "a", kit.At(time.Now()), storetest.Event{}); err != nil {
			t.Fatal(err)
		}
		f.run(t)
		time.Sleep(30*time.Second + 500*time.Millisecond)
		f.wantEmitted(t, 3)
		if n := f.store.looks.Load(); n > 400 {
			t.Errorf("the store was asked %d times in half a minute", n)
		}
		f.store.locked.Store(false)
		time.Sleep(time.Second)
		f.wantEmitted(t, 1)
	})
}

func TestEntriesOfTheProgramAreListed(t *testing.T) {
	from := time.Now().Add(time.Hour).Truncate(time.Second)
	f := newFixture(t, schedule.Declared{Name: "own", When: kit.Every(24*time.Hour, from), Event: storetest.Event{}})
	for name, due := range map[string]time.Time{"before": from.Add(-time.Minute), "after": from.Add(time.Minute)} {
		if err := f.Set(t.Context(), name, kit.At(due), storetest.Event{}); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := f.Entries(t.Context(), 10)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	if got := strings.Join(names, " "); err != nil || got != "before own after" || !entries[1].Due.Equal(from) {
		t.Errorf("listed %v: %v", entries, err)
	}
	if entries, err = f.Entries(t.Context(), 2); err != nil || len(entries) != 2 {
		t.Errorf("listed %v: %v", entries, err)
	}
}

// unknown is an event that the codec does not know.
type unknown struct{ storetest.Event }

func TestEntriesThatCannotBe(t *testing.T) {
	f := newFixture(t)
	at := kit.At(time.Now())
	for _, test := range []struct {
		name  string
		when  kit.When
		event kit.Event
		says  string
	}{
		{"", at, storetest.Event{}, `the name "" of an entry`},
		{strings.Repeat("n", 201), at, storetest.Event{}, "1 to 200 bytes"},
		{"a\x00b", at, storetest.Event{}, `the name "a\x00b"`},
		{"\xff", at, storetest.Event{}, "bytes of text"},
		{"a", kit.When{}, storetest.Event{}, "it has no time"},
		{"a", at, unknown{}, "unknown"},
	} {
		err := f.Set(t.Context(), test.name, test.when, test.event)
		if kit.CodeOf(err) != kit.Invalid || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q: %v, want Invalid with %q", test.name, err, test.says)
		}
		_, err = f.scheduler(schedule.Declared{Name: test.name, When: test.when, Event: test.event})
		if kit.CodeOf(err) != kit.Invalid || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q, declared: %v, want Invalid with %q", test.name, err, test.says)
		}
	}
	own := schedule.Declared{Name: "a", When: at, Event: storetest.Event{}}
	if _, err := f.scheduler(own, own); kit.CodeOf(err) != kit.Invalid || !strings.Contains(err.Error(), "declared twice") {
		t.Errorf("declared twice: %v", err)
	}
}
