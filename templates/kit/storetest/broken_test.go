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
var breakages = map[string]brokentest.Breakage[storetest.Keeper[note]]{
	"shares what it keeps": {Subtest: "does_not_share_what_it_was_given", Break: func(storetest.Keeper[note]) storetest.Keeper[note] {
		return memoryKeeper(func(n note) note { return n })
	}},
	"forgets a field": {Subtest: "returns_what_was_inserted", Break: func(storetest.Keeper[note]) storetest.Keeper[note] {
		return memoryKeeper(func(n note) note {
			n.Took = 0
			return n
		})
	}},
	"cuts times to milliseconds": {Subtest: "returns_what_was_inserted", Break: func(storetest.Keeper[note]) storetest.Keeper[note] {
		return memoryKeeper(func(n note) note {
			n = cloneNote(n)
			n.CreatedAt = n.CreatedAt.Truncate(time.Millisecond)
			return n
		})
	}},
	"takes an empty list for none": {Subtest: "returns_what_was_inserted", Break: func(storetest.Keeper[note]) storetest.Keeper[note] {
		return memoryKeeper(func(n note) note {
			n = cloneNote(n)
			n.Tags = append([]string(nil), n.Tags...)
			return n
		})
	}},
	"keeps no events": {Subtest: "keeps_events_with_an_insert", Break: func(k storetest.Keeper[note]) storetest.Keeper[note] {
		insert := k.Insert
		k.Insert = func(ctx context.Context, n note, _ ...kit.Event) error { return insert(ctx, n) }
		return k
	}},
	"ignores the version": {Subtest: "refuses_an_update_of_another_version", Break: ignoreVersion},
	"refuses what was changed meanwhile": {Subtest: "replaces_whatever_is_there", Break: func(k storetest.Keeper[note]) storetest.Keeper[note] {
		return k // which has versions
	}},
	"refuses several changes as one": {Subtest: "takes_several_changes", Break: func(k storetest.Keeper[note]) storetest.Keeper[note] {
		update := k.Update
		k.Update = func(ctx context.Context, n note, events ...kit.Event) error {
			there, err := k.Get(ctx, n)
			if err == nil && there.Version != n.Version-1 {
				err = kit.Errorf(kit.Conflict, "it is at version %d", there.Version)
			}
			if err != nil {
				return err
			}
			return update(ctx, n, events...)
		}
		return k
	}},
	"skips the last of a page": {Subtest: "lists_page_by_page", Break: func(k storetest.Keeper[note]) storetest.Keeper[note] {
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
	"deletes what is not there": {Subtest: "forgets_what_was_deleted", Break: func(k storetest.Keeper[note]) storetest.Keeper[note] {
		remove := k.Delete
		k.Delete = func(ctx context.Context, like note, events ...kit.Event) error {
			err := remove(ctx, like, events...)
			if kit.CodeOf(err) == kit.NotFound {
				return nil
			}
			return err
		}
		return k
	}},
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) { brokentest.Finds(t, breakages) }

// TestBroken is run by the test above.
func TestBroken(t *testing.T) {
	broken := brokentest.Chosen(t, breakages)
	s := noteSubject()
	s.Open = func(*testing.T) storetest.Keeper[note] { return broken(memoryKeeper(cloneNote)) }
	storetest.Entities(t, byPointer(s))
	s.Version = nil
	storetest.Entities(t, byPointer(s))
}

// byPointer returns the subject as derived code has it.
func byPointer(s storetest.Subject[note]) storetest.Subject[*note] {
	changed := func(v **note, change func(*note)) {
		next := **v
		*v = &next
		change(&next)
	}
	pointers := storetest.Subject[*note]{
		Open: func(t *testing.T) storetest.Keeper[*note] {
			k := s.Open(t)
			return storetest.Keeper[*note]{
				Store: k.Store, Tx: k.Tx, Out: k.Out,
				Delete: func(ctx context.Context, like *note, events ...kit.Event) error {
					return k.Delete(ctx, *like, events...)
				},
				Insert: func(ctx context.Context, n *note, events ...kit.Event) error { return k.Insert(ctx, *n, events...) },
				Update: func(ctx context.Context, n *note, events ...kit.Event) error { return k.Update(ctx, *n, events...) },
				Get: func(ctx context.Context, like *note) (*note, error) {
					n, err := k.Get(ctx, *like)
					return &n, err
				},
				List: func(ctx context.Context, page kit.Page) (kit.Listing[*note], error) {
					return storetest.Pointers(k.List(ctx, page))
				},
			}
		},
		Sample: func(i int) *note { return new(s.Sample(i)) },
		Key:    func(n *note) kit.Cursor { return s.Key(*n) },
		Change: func(v **note) { changed(v, s.Change) },
		Event:  func(n *note) kit.Event { return s.Event(*n) },
	}
	if s.Version != nil {
		pointers.Version = func(v **note) (version *int64) {
			changed(v, func(n *note) { version = s.Version(n) })
			return version
		}
	}
	return pointers
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
			there, err := k.Get(ctx, n)
			if err != nil {
				return err
			}
			n.Version = there.Version + 1
		}
	}
	return k
}
