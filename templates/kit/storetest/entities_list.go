package storetest

import (
	"cmp"
	"context"
	"slices"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// wholePage is a page that holds all that a test inserts.
var wholePage = kit.Page{Limit: 1000}

func listsNothing[E any](t *testing.T, s entityFixture[E]) {
	listing, err := s.List(t.Context(), wholePage)
	assert.NoError(t, err)
	if len(listing.Items) != 0 || !listing.Next.IsZero() {
		t.Errorf("an empty store lists %+v", listing)
	}
}

func listsPages[E any](t *testing.T, s entityFixture[E]) {
	const n = 12
	want := make([]E, n)
	for i := range n {
		want[i] = inserted(t, s, (i*5)%n)
	}
	sortByKey(want, s.Key)
	wantPages(t, want, s.List)
	listing, err := s.List(t.Context(), kit.Page{After: s.Key(want[n-1]), Limit: 5})
	assert.NoError(t, err)
	if len(listing.Items) != 0 || !listing.Next.IsZero() {
		t.Errorf("after the last key there is %+v", listing)
	}
}

// sortByKey puts entities in the order of their keys.
func sortByKey[E any](list []E, key func(E) kit.Cursor) {
	slices.SortFunc(list, func(a, b E) int { return cmp.Compare(key(a), key(b)) })
}

// wantPages reads to the end in pages of several sizes.
func wantPages[E any](t *testing.T, want []E, list func(context.Context, kit.Page) (kit.Listing[E], error)) {
	t.Helper()
	for _, limit := range []int{-1, 0, 5, max(1, len(want)), len(want) + 1} {
		pages := assert.Pages(t, limit, list)
		if last := len(pages) - 1; len(pages[last]) > max(limit, 1) || len(pages[last]) == 0 && len(want) > 0 {
			t.Fatalf("the last page of %d has %d items", limit, len(pages[last]))
		}
		got := slices.Concat(pages...)
		if len(got)+len(want) > 0 {
			wantEqual(t, got, want)
		}
	}
}

func listsInTransaction[E any](t *testing.T, s entityFixture[E]) {
	kept := inserted(t, s, 0)
	assert.NoError(t, s.Tx.Within(t.Context(), func(ctx context.Context) error {
		both := []E{kept, s.Sample(1)}
		assert.NoError(t, s.Insert(ctx, both[1]))
		sortByKey(both, s.Key)
		listing, err := s.List(ctx, wholePage)
		assert.NoError(t, err)
		wantEqual(t, listing.Items, both)
		listing, err = s.List(t.Context(), wholePage)
		assert.NoError(t, err)
		wantEqual(t, listing.Items, []E{kept})
		return nil
	}))
}

// findsLike looks for what is like each of some samples, of which there are
// several, and for what is like one that was not inserted.
func findsLike[E any](t *testing.T, s entityFixture[E], find Find[E]) {
	kept := insertedAligned(t, s, find.Align)
	for i := range 5 {
		like := s.Sample(i)
		var want []E
		for _, e := range kept {
			if find.Match(like, e) {
				want = append(want, e)
			}
		}
		wantPages(t, want, func(ctx context.Context, page kit.Page) (kit.Listing[E], error) {
			return find.Call(ctx, s.Keeper, like, page)
		})
	}
}

// insertedAligned inserts samples, some of them made to match the first, some
// the second, and returns them in the order of keys.
func insertedAligned[E any](t *testing.T, s entityFixture[E], align func(e *E, like E)) []E {
	t.Helper()
	kept := make([]E, 12)
	for i := range kept {
		kept[i] = s.Sample(i)
		if i == 4 {
			kept[i] = s.Sample(len(kept)) // so that nothing is like the fifth
		}
		if i >= 6 {
			align(&kept[i], s.Sample(i%2))
		}
		assert.NoError(t, s.Insert(t.Context(), kept[i]))
	}
	sortByKey(kept, s.Key)
	return kept
}

func countsLike[E any](t *testing.T, s entityFixture[E], count Count[E]) {
	kept := insertedAligned(t, s, count.Align)
	for i := range 5 {
		like := s.Sample(i)
		var want int64
		for _, e := range kept {
			if count.Match(like, e) {
				want++
			}
		}
		if count.Exists {
			want = min(want, 1)
		}
		got, err := count.Call(t.Context(), s.Keeper, like)
		assert.NoError(t, err)
		if got != want {
			t.Errorf("counted %d like sample %d, want %d", got, i, want)
		}
	}
}
