package databasetest_test

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/databasetest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/brokentest"
	"github.com/outgrowkit/outgrow/templates/kit/sqlitestore"
)

type database = databasetest.Database

// breakages are ways to break a promise, each with the start of the name of the test
// that must fail.
var breakages = map[string]brokentest.Breakage[database]{
	"forgets to roll back":             {Subtest: "Transactor/rolls_back_and_returns", Break: func(d database) database { return noRollback{d} }},
	"hides the error":                  {Subtest: "Transactor/rolls_back_and_returns", Break: func(d database) database { return noError{d} }},
	"answers another goroutine":        {Subtest: "Transactor/gives_each_of_its", Break: func(d database) database { return &mixing{database: d} }},
	"keeps what failed inside":         {Subtest: "Transactor/keeps_what_its_goroutines", Break: func(d database) database { return noNesting{d} }},
	"reads what is no longer so":       {Subtest: "Transactor/keeps_what_it_has_read", Break: func(d database) database { return stale{d} }},
	"emits outside of the transaction": {Subtest: "Outbox/has_nothing_of_what_was_rolled_back", Break: func(d database) database { return detached{d} }},
	"drops a message":                  {Subtest: "Outbox/loses_nothing", Break: func(d database) database { return &dropping{database: d} }},
	"reorders messages":                {Subtest: "Outbox/gives_messages_in_order", Break: func(d database) database { return reordering{d} }},
	"never gives a message again":      {Subtest: "Outbox/gives_released", Break: func(d database) database { return noRelease{d} }},
	"removes what was released":        {Subtest: "Outbox/keeps_what_was_released", Break: func(d database) database { return lateDone{d} }},
	"claims without a lease":           {Subtest: "Outbox/claims_a_message_once", Break: func(d database) database { return noLease{d} }},
	"claims without a limit of bytes":  {Subtest: "Outbox/claims_up_to_a_limit_of_bytes", Break: func(d database) database { return greedy{d} }},
	"marks outside of the transaction": {Subtest: "Inbox/forgets_a_mark", Break: func(d database) database { return detachedMark{d} }},
	"never finds a mark":               {Subtest: "Inbox/tells_the_first_time_for_each", Break: func(d database) database { return noMark{d} }},
	"replays to every group":           {Subtest: "DeadLetters/replays_for_the_group_alone", Break: func(d database) database { return replayToAll{d} }},
	"keeps no letter without a group":  {Subtest: "DeadLetters/replays_for_every_group", Break: func(d database) database { return grouped{d} }},
	"keeps the last reply":             {Subtest: "Idempotency/keeps_the_first", Break: func(d database) database { return lastReply{d} }},
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) { brokentest.Finds(t, breakages) }

// TestBroken is run by the test above.
func TestBroken(t *testing.T) {
	broken := brokentest.Chosen(t, breakages)
	databasetest.Run(t, func(t *testing.T, codec kit.EventCodec) database {
		return broken(sqliteDatabase(t, codec))
	})
}

// sqliteDatabase returns one that keeps every promise.
func sqliteDatabase(t *testing.T, codec kit.EventCodec) database {
	t.Helper()
	db, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(t.TempDir(), "kit.db")}, codec, kit.Schema{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // what is broken may have left something
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

type noRollback struct{ database }

func (k noRollback) Within(ctx context.Context, fn func(context.Context) error) error {
	var result error
	err := k.database.Within(ctx, func(ctx context.Context) error {
		result = fn(ctx)
		return nil
	})
	if err != nil {
		return err
	}
	return result
}

type noError struct{ database }

func (k noError) Within(ctx context.Context, fn func(context.Context) error) error {
	_ = k.database.Within(ctx, fn)
	return nil
}

// mixing returns what the read before it has found.
type mixing struct {
	database
	mu   sync.Mutex
	last kit.Reply
}

func (k *mixing) Recall(ctx context.Context, key string) (kit.Reply, error) {
	r, err := k.database.Recall(ctx, key)
	k.mu.Lock()
	defer k.mu.Unlock()
	r, k.last = k.last, r
	return r, err
}

// noNesting undoes nothing but the whole transaction.
type noNesting struct{ database }

func (k noNesting) Within(ctx context.Context, fn func(context.Context) error) error {
	if ctx.Value(noNesting{}) != nil {
		return fn(ctx)
	}
	return k.database.Within(ctx, func(ctx context.Context) error {
		return fn(context.WithValue(ctx, noNesting{}, true))
	})
}

// stale reads as if nothing had been kept before the transaction began.
type stale struct{ database }

func (k stale) Within(ctx context.Context, fn func(context.Context) error) error {
	return k.database.Within(context.WithValue(ctx, stale{}, true), fn)
}

func (k stale) Recall(ctx context.Context, key string) (kit.Reply, error) {
	if ctx.Value(stale{}) != nil {
		return kit.Reply{}, kit.Errorf(kit.NotFound, "there was none")
	}
	return k.database.Recall(ctx, key)
}

// detached emits in a transaction of its own, of which the one under way must
// not know.
type detached struct{ database }

func (k detached) Within(ctx context.Context, fn func(context.Context) error) error {
	var later []kit.Event
	err := k.database.Within(context.WithValue(ctx, detached{}, &later), fn)
	_ = k.database.Emit(ctx, later...)
	return err
}

func (k detached) Emit(ctx context.Context, events ...kit.Event) error {
	if later, ok := ctx.Value(detached{}).(*[]kit.Event); ok {
		*later = append(*later, events...)
		return nil
	}
	return k.database.Emit(ctx, events...)
}

type dropping struct {
	database
	n int
}

func (k *dropping) Claim(ctx context.Context, limit int, lease time.Duration) ([]kit.Message, error) {
	messages, err := k.database.Claim(ctx, limit, lease)
	if k.n += len(messages); k.n > 100 && len(messages) > 0 {
		k.n = 0
		_ = k.Done(ctx, messages[0].ID)
		messages = messages[1:]
	}
	return messages, err
}

type reordering struct{ database }

func (k reordering) Claim(ctx context.Context, limit int, lease time.Duration) ([]kit.Message, error) {
	messages, err := k.database.Claim(ctx, limit, lease)
	slices.Reverse(messages)
	return messages, err
}

type noRelease struct{ database }

func (noRelease) Release(context.Context, ...kit.UUID) error { return nil }

// lateDone removes messages that nobody has claimed.
type lateDone struct{ database }

func (k lateDone) Done(ctx context.Context, ids ...kit.UUID) error {
	if _, err := k.Claim(ctx, 1000, time.Hour); err != nil {
		return err
	}
	return k.database.Done(ctx, ids...)
}

type noLease struct{ database }

func (k noLease) Claim(ctx context.Context, limit int, _ time.Duration) ([]kit.Message, error) {
	return k.database.Claim(ctx, limit, 0)
}

// greedy claims as many as it may, whatever their size.
type greedy struct{ database }

func (k greedy) Claim(ctx context.Context, limit int, lease time.Duration) (all []kit.Message, err error) {
	for len(all) < limit {
		some, err := k.database.Claim(ctx, limit-len(all), lease)
		if err != nil || len(some) == 0 {
			return all, err
		}
		all = append(all, some...)
	}
	return all, nil
}

type noMark struct{ database }

func (noMark) Marked(context.Context, string, kit.UUID) (bool, error) { return false, nil }

type detachedMark struct{ database }

func (k detachedMark) Mark(ctx context.Context, group string, id kit.UUID) (bool, error) {
	return marks.mark(group, id), ctx.Err()
}

var marks = markSet{seen: map[string]bool{}}

type markSet struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (s *markSet) mark(group string, id kit.UUID) (first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first = !s.seen[group+id.String()]
	s.seen[group+id.String()] = true
	return first
}

type replayToAll struct{ database }

func (k replayToAll) Claim(ctx context.Context, limit int, lease time.Duration) ([]kit.Message, error) {
	messages, err := k.database.Claim(ctx, limit, lease)
	for i := range messages {
		messages[i].Group = ""
	}
	return messages, err
}

type grouped struct{ database }

func (k grouped) Bury(ctx context.Context, d kit.DeadLetter) error {
	if d.Message.Group == "" {
		return nil
	}
	return k.database.Bury(ctx, d)
}

type lastReply struct{ database }

func (k lastReply) Remember(ctx context.Context, key string, r kit.Reply, now time.Time) error {
	err := k.database.Remember(ctx, key, r, now)
	if kit.CodeOf(err) == kit.AlreadyExists {
		return nil
	}
	return err
}
