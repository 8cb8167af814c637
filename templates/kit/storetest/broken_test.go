package storetest_test

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/memorystore"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// breakage makes a store break one promise. The suite must tell, by a test whose
// name is like that.
type breakage struct {
	test string
	kit  func(storetest.Database) storetest.Database
	note func(storetest.Keeper[note]) storetest.Keeper[note]
}

var breakages = map[string]breakage{
	"forgets to roll back": {test: "Transactor/rolls_back_and_returns", kit: func(k storetest.Database) storetest.Database {
		return noRollback{k}
	}},
	"hides the error": {test: "Transactor/rolls_back_and_returns", kit: func(k storetest.Database) storetest.Database {
		return noError{k}
	}},
	"emits outside of the transaction": {test: "Outbox/has_nothing_of_what_was_rolled_back", kit: func(k storetest.Database) storetest.Database {
		return detached{k}
	}},
	"drops a message": {test: "Outbox/loses_nothing", kit: func(k storetest.Database) storetest.Database {
		return &dropping{Database: k}
	}},
	"reorders messages": {test: "Outbox/gives_messages_in_order", kit: func(k storetest.Database) storetest.Database {
		return reordering{k}
	}},
	"never gives a message again": {test: "Outbox/gives_released", kit: func(k storetest.Database) storetest.Database {
		return noRelease{k}
	}},
	"claims without a lease": {test: "Outbox/claims_a_message_once", kit: func(k storetest.Database) storetest.Database {
		return noLease{k}
	}},
	"marks outside of the transaction": {test: "Inbox/forgets_a_mark", kit: func(k storetest.Database) storetest.Database {
		return detachedMark{k}
	}},
	"replays to every group": {test: "DeadLetters/replays_for_the_group_alone", kit: func(k storetest.Database) storetest.Database {
		return replayToAll{k}
	}},
	"keeps the last reply": {test: "Idempotency/keeps_the_first", kit: func(k storetest.Database) storetest.Database {
		return lastReply{k}
	}},

	"shares what it keeps": {test: "Notes/does_not_share_what_it_was_given", note: func(storetest.Keeper[note]) storetest.Keeper[note] {
		return memoryKeeper(func(n note) note { return n })
	}},
	"forgets a field": {test: "Notes/returns_what_was_inserted", note: func(storetest.Keeper[note]) storetest.Keeper[note] {
		return memoryKeeper(func(n note) note {
			n.Took = 0
			return n
		})
	}},
	"cuts times to milliseconds": {test: "Notes/returns_what_was_inserted", note: func(storetest.Keeper[note]) storetest.Keeper[note] {
		return memoryKeeper(func(n note) note {
			n = cloneNote(n)
			n.CreatedAt = n.CreatedAt.Truncate(time.Millisecond)
			return n
		})
	}},
	"takes an empty list for none": {test: "Notes/returns_what_was_inserted", note: func(storetest.Keeper[note]) storetest.Keeper[note] {
		return memoryKeeper(func(n note) note {
			n = cloneNote(n)
			n.Tags = append([]string(nil), n.Tags...)
			return n
		})
	}},
	"keeps no events": {test: "Notes/keeps_events_with_an_insert", note: func(k storetest.Keeper[note]) storetest.Keeper[note] {
		insert := k.Insert
		k.Insert = func(ctx context.Context, n note, _ ...kit.Event) error { return insert(ctx, n) }
		return k
	}},
	"ignores the version": {test: "Notes/refuses_an_update_of_another_version", note: ignoreVersion},
	"skips the last of a page": {test: "Notes/lists_page_by_page", note: func(k storetest.Keeper[note]) storetest.Keeper[note] {
		list := k.List
		k.List = func(ctx context.Context, page kit.Page) (kit.Listing[note], error) {
			l, err := list(ctx, page)
			if len(l.Items) > 1 && !l.Next.IsZero() {
				l.Items = l.Items[:len(l.Items)-1]
			}
			return l, err
		}
		return k
	}},
	"deletes what is not there": {test: "Notes/forgets_what_was_deleted", note: func(k storetest.Keeper[note]) storetest.Keeper[note] {
		remove := k.Delete
		k.Delete = func(ctx context.Context, id kit.UUID, events ...kit.Event) error {
			err := remove(ctx, id, events...)
			if kit.CodeOf(err) == kit.NotFound {
				return nil
			}
			return err
		}
		return k
	}},
}

// ignoreVersion updates whatever is there.
func ignoreVersion(k storetest.Keeper[note]) storetest.Keeper[note] {
	var mu sync.Mutex
	update := k.Update
	k.Update = func(ctx context.Context, n note, events ...kit.Event) error {
		mu.Lock()
		defer mu.Unlock()
		for {
			err := update(ctx, n, events...)
			if kit.CodeOf(err) != kit.Conflict {
				return err
			}
			there, err := k.Get(ctx, n.ID)
			if err != nil {
				return err
			}
			n.Version = there.Version + 1
		}
	}
	return k
}

type noRollback struct{ storetest.Database }

func (k noRollback) Within(ctx context.Context, fn func(context.Context) error) error {
	var result error
	err := k.Database.Within(ctx, func(ctx context.Context) error {
		result = fn(ctx)
		return nil
	})
	if err != nil {
		return err
	}
	return result
}

type noError struct{ storetest.Database }

func (k noError) Within(ctx context.Context, fn func(context.Context) error) error {
	_ = k.Database.Within(ctx, fn)
	return nil
}

// detached emits in a transaction of its own, of which the one under way must
// not know.
type detached struct{ storetest.Database }

func (k detached) Within(ctx context.Context, fn func(context.Context) error) error {
	var later []kit.Event
	err := k.Database.Within(context.WithValue(ctx, detached{}, &later), fn)
	_ = k.Database.Emit(ctx, later...)
	return err
}

func (k detached) Emit(ctx context.Context, events ...kit.Event) error {
	if later, ok := ctx.Value(detached{}).(*[]kit.Event); ok {
		*later = append(*later, events...)
		return nil
	}
	return k.Database.Emit(ctx, events...)
}

type dropping struct {
	storetest.Database
	n int
}

func (k *dropping) Claim(ctx context.Context, limit int, lease time.Duration) ([]kit.Message, error) {
	messages, err := k.Database.Claim(ctx, limit, lease)
	if k.n += len(messages); k.n > 100 && len(messages) > 0 {
		k.n = 0
		_ = k.Done(ctx, messages[0].ID)
		messages = messages[1:]
	}
	return messages, err
}

type reordering struct{ storetest.Database }

func (k reordering) Claim(ctx context.Context, limit int, lease time.Duration) ([]kit.Message, error) {
	messages, err := k.Database.Claim(ctx, limit, lease)
	slices.Reverse(messages)
	return messages, err
}

type noRelease struct{ storetest.Database }

func (noRelease) Release(context.Context, ...kit.UUID) error { return nil }

type noLease struct{ storetest.Database }

func (k noLease) Claim(ctx context.Context, limit int, _ time.Duration) ([]kit.Message, error) {
	return k.Database.Claim(ctx, limit, 0)
}

type detachedMark struct{ storetest.Database }

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

type replayToAll struct{ storetest.Database }

func (k replayToAll) Claim(ctx context.Context, limit int, lease time.Duration) ([]kit.Message, error) {
	messages, err := k.Database.Claim(ctx, limit, lease)
	for i := range messages {
		messages[i].Group = ""
	}
	return messages, err
}

type lastReply struct{ storetest.Database }

func (k lastReply) Remember(ctx context.Context, key string, r kit.Reply, now time.Time) error {
	err := k.Database.Remember(ctx, key, r, now)
	if kit.CodeOf(err) == kit.AlreadyExists {
		return nil
	}
	return err
}

// breakVariable names the breakage that TestBroken is to run with.
const breakVariable = "STORETEST_BREAK"

// TestBroken runs the suites against a broken store, and fails, if
// TestTheSuitesFindWhatIsBroken asks for it.
func TestBroken(t *testing.T) {
	b, ok := breakages[os.Getenv(breakVariable)]
	if !ok {
		return
	}
	if b.kit != nil {
		storetest.Run(t, func(_ *testing.T, codec kit.EventCodec) storetest.Database { return b.kit(memorystore.New(codec)) })
		return
	}
	s := noteSubject()
	s.Open = func(*testing.T) storetest.Keeper[note] { return b.note(memoryKeeper(cloneNote)) }
	t.Run("Notes", func(t *testing.T) { storetest.Entities(t, s) })
}

func TestTheSuitesFindWhatIsBroken(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range breakages {
		t.Run(name, func(t *testing.T) {
			// The one test is enough: the rest may take its time to fail.
			cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestBroken$/"+b.test, "-test.timeout=60s")
			cmd.Env = append(os.Environ(), breakVariable+"="+name)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("the suite passed:\n%s", out)
			}
			if !regexp.MustCompile(`--- FAIL: TestBroken/` + regexp.QuoteMeta(b.test)).Match(out) {
				t.Errorf("no test %q failed:\n%s", b.test, out)
			}
		})
	}
}
