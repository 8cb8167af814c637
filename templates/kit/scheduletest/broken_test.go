package scheduletest_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/brokentest"
	"github.com/outgrowkit/outgrow/templates/kit/schedule"
	"github.com/outgrowkit/outgrow/templates/kit/scheduletest"
	"github.com/outgrowkit/outgrow/templates/kit/sqlitestore"
)

type (
	database = scheduletest.Database
	store    = schedule.Store
	breakage = brokentest.Breakage[database]
)

// breakages are ways to break a promise, each with the test that must fail.
var breakages = map[string]breakage{
	"emits too soon":                    {Subtest: "emits_an_event_when", Break: with(func(s store) store { return hasty{s} })},
	"looks outside of the transaction":  {Subtest: "emits_once", Break: lookingOutside},
	"never rolls back":                  {Subtest: "keeps_what_was_committed", Break: func(d database) database { return noRollback{d} }},
	"emits after the transaction":       {Subtest: "emits_nothing_that", Break: func(d database) database { return detached{d} }},
	"keeps the first entry":             {Subtest: "replaces", Break: changing(isNew)},
	"hides what is dropped":             {Subtest: "cancels", Break: with(func(s store) store { return undead{s} })},
	"loses a little":                    {Subtest: "goes_on", Break: changing(drifting)},
	"is due in any order":               {Subtest: "emits_many", Break: with(func(s store) store { return reversed{s} })},
	"forgets when it was due":           {Subtest: "makes_up_for_what_was_missed", Break: with(func(s store) store { return punctual{s} })},
	"drops what is postponed":           {Subtest: "leaves_what", Break: changing(impatient)},
	"does not tell what is next":        {Subtest: "tells_the_time", Break: with(func(s store) store { return silent{s} })},
	"lists what is next last":           {Subtest: "lists", Break: with(func(s store) store { return backwards{s} })},
	"does not tell cases apart":         {Subtest: "keeps_any_text", Break: changing(lower)},
	"forgets what is done":              {Subtest: "emits_what_is_declared", Break: with(func(s store) store { return forgetful{s} })},
	"begins anew at each start":         {Subtest: "makes_up_for_what_is_declared", Break: with(func(s store) store { return anew{s} })},
	"makes up for times of others":      {Subtest: "begins_anew", Break: with(func(s store) store { return confusing{s} })},
	"takes a change for something done": {Subtest: "has_versions", Break: with(func(s store) store { return eager{s} })},
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) { brokentest.Finds(t, breakages) }

// TestBroken is run by the test above.
func TestBroken(t *testing.T) {
	broken := brokentest.Chosen(t, breakages)
	scheduletest.Run(t, func(t *testing.T, codec kit.EventCodec) database {
		db, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(t.TempDir(), "kit.db")}, codec, kit.Schema{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() }) // what is broken may have left something
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		return broken(db)
	})
}

// with returns what breaks the store of a database.
func with(broken func(store) store) func(database) database {
	return func(d database) database { return altered{d, broken} }
}

type altered struct {
	database
	broken func(store) store
}

func (a altered) Schedule(ctx context.Context) (store, error) {
	s, err := a.database.Schedule(ctx)
	return a.broken(s), err
}

type hasty struct{ store }

func (s hasty) Due(ctx context.Context, now time.Time, limit int) ([]schedule.Entry, error) {
	entries, err := s.store.Due(ctx, now.Add(time.Second), limit)
	for i := range entries {
		entries[i].Due, entries[i].When = now, "at "+now.Format(time.RFC3339Nano)
	}
	return entries, err
}

// outside has the four schedulers of the test look at the same time.
type outside struct {
	store
	looking *atomic.Int64
	all     chan struct{}
}

func (s outside) Due(_ context.Context, now time.Time, limit int) ([]schedule.Entry, error) {
	entries, err := s.store.Due(context.Background(), now, limit)
	if s.looking.Add(1) == 4 {
		close(s.all)
	}
	<-s.all
	return entries, err
}

func lookingOutside(d database) database {
	looking, all := new(atomic.Int64), make(chan struct{})
	return altered{d, func(s store) store { return outside{s, looking, all} }}
}

type noRollback struct{ database }

func (d noRollback) Within(ctx context.Context, fn func(context.Context) error) error {
	var result error
	err := d.database.Within(ctx, func(ctx context.Context) error {
		result = fn(ctx)
		return nil
	})
	if err != nil {
		return err
	}
	return result
}

// detached emits in a transaction of its own, when the one under way has ended.
type detached struct{ database }

func (d detached) Within(ctx context.Context, fn func(context.Context) error) error {
	if ctx.Value(detached{}) != nil {
		return d.database.Within(ctx, fn)
	}
	var later []kit.Event
	err := d.database.Within(context.WithValue(ctx, detached{}, &later), fn)
	_ = d.database.Emit(ctx, later...)
	return err
}

func (d detached) Emit(ctx context.Context, events ...kit.Event) error {
	if later, ok := ctx.Value(detached{}).(*[]kit.Event); ok {
		*later = append(*later, events...)
		return nil
	}
	return d.database.Emit(ctx, events...)
}

// changed is a store whose Put changes entries, or leaves them out.
type changed struct {
	store
	change func(ctx context.Context, s store, e *schedule.Entry) (keep bool)
}

func (s changed) Put(ctx context.Context, entries ...schedule.Entry) error {
	for _, e := range entries {
		if s.change(ctx, s.store, &e) {
			if err := s.store.Put(ctx, e); err != nil {
				return err
			}
		}
	}
	return nil
}

func changing(change func(ctx context.Context, s store, e *schedule.Entry) (keep bool)) func(database) database {
	return with(func(s store) store { return changed{s, change} })
}

func isNew(ctx context.Context, s store, e *schedule.Entry) bool {
	entries, err := s.Entries(ctx, 1000)
	return err == nil && !slices.ContainsFunc(entries, func(known schedule.Entry) bool { return known.Name == e.Name })
}

func drifting(_ context.Context, _ store, e *schedule.Entry) bool {
	e.Due, e.At = e.Due.Add(time.Millisecond), e.At.Add(time.Millisecond)
	return true
}

// impatient drops what is postponed.
func impatient(ctx context.Context, s store, e *schedule.Entry) bool {
	if !e.At.After(e.Due) {
		return true
	}
	_ = s.Drop(ctx, e.Name)
	return false
}

func lower(_ context.Context, _ store, e *schedule.Entry) bool {
	e.Name = strings.ToLower(e.Name)
	return true
}

type undead struct{ store }

func (s undead) Drop(ctx context.Context, names ...string) error {
	entries, err := s.Entries(ctx, 1000)
	for _, e := range entries {
		if e.At = e.At.AddDate(100, 0, 0); err == nil && slices.Contains(names, e.Name) {
			err = s.Put(ctx, e)
		}
	}
	return err
}

type reversed struct{ store }

func (s reversed) Due(ctx context.Context, now time.Time, limit int) ([]schedule.Entry, error) {
	entries, err := s.store.Due(ctx, now, limit)
	slices.Reverse(entries)
	return entries, err
}

type punctual struct{ store }

func (s punctual) Due(ctx context.Context, now time.Time, limit int) ([]schedule.Entry, error) {
	entries, err := s.store.Due(ctx, now, limit)
	for i := range entries {
		entries[i].Due = now
	}
	return entries, err
}

type silent struct{ store }

func (s silent) Next(ctx context.Context) (now, at time.Time, err error) {
	now, _, err = s.store.Next(ctx)
	return now, at, err
}

type backwards struct{ store }

func (s backwards) Entries(ctx context.Context, limit int) ([]schedule.Entry, error) {
	entries, err := s.store.Entries(ctx, limit)
	slices.Reverse(entries)
	return entries, err
}

type forgetful struct{ store }

func (s forgetful) Done(ctx context.Context, _ string) (time.Time, error) {
	return time.Time{}, ctx.Err()
}

func (forgetful) Advance(context.Context, string, time.Time, time.Time) (bool, error) {
	return true, nil
}

type anew struct{ store }

func (s anew) Declare(ctx context.Context, name, when string, now time.Time) (time.Time, error) {
	_, err := s.store.Declare(ctx, name, when, now)
	return now, err
}

type confusing struct{ store }

func (s confusing) Declare(ctx context.Context, name, _ string, now time.Time) (time.Time, error) {
	return s.store.Declare(ctx, name, "the same", now)
}

type eager struct{ store }

func (s eager) Declare(ctx context.Context, name, when string, now time.Time) (time.Time, error) {
	done, err := s.store.Declare(ctx, name, when, now)
	if err == nil {
		before, _ := s.Done(ctx, name)
		_, err = s.Advance(ctx, name, before, now.Add(30*time.Minute))
	}
	return done, err
}
