package storetest_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/brokentest"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// breakages are ways to break a promise, each with the start of the name of the test
// that must fail.
var breakages = map[string]struct {
	test   string
	keeper func(storetest.Keeper[note]) storetest.Keeper[note]
}{
	"shares what it keeps": {"does_not_share_what_it_was_given", func(storetest.Keeper[note]) storetest.Keeper[note] {
		return memoryKeeper(func(n note) note { return n })
	}},
	"forgets a field": {"returns_what_was_inserted", func(storetest.Keeper[note]) storetest.Keeper[note] {
		return memoryKeeper(func(n note) note {
			n.Took = 0
			return n
		})
	}},
	"cuts times to milliseconds": {"returns_what_was_inserted", func(storetest.Keeper[note]) storetest.Keeper[note] {
		return memoryKeeper(func(n note) note {
			n = cloneNote(n)
			n.CreatedAt = n.CreatedAt.Truncate(time.Millisecond)
			return n
		})
	}},
	"takes an empty list for none": {"returns_what_was_inserted", func(storetest.Keeper[note]) storetest.Keeper[note] {
		return memoryKeeper(func(n note) note {
			n = cloneNote(n)
			n.Tags = append([]string(nil), n.Tags...)
			return n
		})
	}},
	"keeps no events": {"keeps_events_with_an_insert", func(k storetest.Keeper[note]) storetest.Keeper[note] {
		insert := k.Insert
		k.Insert = func(ctx context.Context, n note, _ ...kit.Event) error { return insert(ctx, n) }
		return k
	}},
	"ignores the version": {"refuses_an_update_of_another_version", ignoreVersion},
	"skips the last of a page": {"lists_page_by_page", func(k storetest.Keeper[note]) storetest.Keeper[note] {
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
	"deletes what is not there": {"forgets_what_was_deleted", func(k storetest.Keeper[note]) storetest.Keeper[note] {
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

func TestTheSuiteFindsWhatIsBroken(t *testing.T) {
	for name, b := range breakages {
		t.Run(name, func(t *testing.T) { brokentest.Finds(t, name, b.test) })
	}
}

// TestBroken is run by the test above.
func TestBroken(t *testing.T) {
	b, ok := breakages[brokentest.Name()]
	if !ok {
		t.Skip("runs only for the test of the suite")
	}
	s := noteSubject()
	s.Open = func(*testing.T) storetest.Keeper[note] { return b.keeper(memoryKeeper(cloneNote)) }
	storetest.Entities(t, s)
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
