package querytest

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/kepttest"
)

// removes tests a method that removes entities, in a transaction that is undone.
func removes[E any](t *testing.T, s fixture[E], q Query[E], like, gone []E) {
	t.Helper()
	kepttest.Undone(t, s.Tx, func(ctx context.Context) {
		n, err := q.Remove(ctx, s.Keeper, like, s.Event(s.kept[0]))
		if held(s, gone) {
			assert.Code(t, err, kit.Conflict)
			gone = nil
		} else {
			assert.NoError(t, err)
		}
		if n != int64(len(gone)) {
			t.Errorf("%d were removed, want %d", n, len(gone))
		}
		for _, e := range s.kept {
			kepttest.There(ctx, t, s.Keeper, e, !isAmong(s, gone, e))
		}
	})
	kepttest.Events(t, s.Out, 0)
}

// removesTogether tests that what entities refer to may be removed with them.
func removesTogether[E any](t *testing.T, s fixture[E], q Query[E]) {
	for i := range 3 {
		e := s.Sample(i)
		for _, mix := range s.Mix {
			mix(&e, s.Sample(0))
		}
		assert.NoError(t, s.Insert(t.Context(), e))
		s.kept = append(s.kept, e)
	}
	like := slices.Repeat(s.kept[:1], q.Takes)
	removes(t, s, q, like, expected(s, q, like))
}

// held reports whether any of the entities are referred to by others.
func held[E any](s fixture[E], gone []E) bool {
	return s.Refers != nil && slices.ContainsFunc(s.kept, func(e E) bool {
		return !isAmong(s, gone, e) && slices.ContainsFunc(gone, func(to E) bool { return s.Refers(e, to) })
	})
}

func isAmong[E any](s fixture[E], list []E, e E) bool {
	return slices.ContainsFunc(list, func(l E) bool { return s.Key(l) == s.Key(e) })
}

// tells tests a method that removes entities: there is an event where any were removed.
func tells[E any](t *testing.T, s fixture[E], q Query[E]) {
	events := 0
	var likes [][]E
	for range arguments {
		likes = append(likes, chosen(s, q))
	}
	for _, like := range likes {
		gone := expected(s, q, like)
		_, err := q.Remove(t.Context(), s.Keeper, like, s.Event(s.Sample(0)))
		if held(s, gone) {
			assert.Code(t, err, kit.Conflict)
			continue
		}
		assert.NoError(t, err)
		if len(gone) > 0 && !slices.Contains(s.Untold, q.Name) {
			events++
		}
		s.kept = slices.DeleteFunc(s.kept, func(e E) bool { return q.Match(like, e) })
	}
	kepttest.Events(t, s.Out, events)
}

// refusesGone tests that a list in an order does not go on after an entity that is gone.
func refusesGone[E any](t *testing.T, s fixture[E], q Query[E]) {
	for range arguments {
		like := chosen(s, q)
		kepttest.NotAfterGone(t, s.Keeper, func(ctx context.Context, page kit.Page) (kit.Listing[E], error) {
			return q.Find(ctx, s.Keeper, like, page)
		})
	}
}

func getsMany[E any](t *testing.T, s fixture[E]) {
	for range arguments {
		like := []E{s.Sample(entities + 1)} // of which there is none
		wanted := map[kit.Cursor]bool{}
		for range s.random.IntN(entities) {
			e := s.kept[s.random.IntN(len(s.kept))] // perhaps once more
			like, wanted[s.Key(e)] = append(like, e), true
		}
		got, err := s.GetMany(t.Context(), s.Keeper, like)
		assert.NoError(t, err)
		want := slices.DeleteFunc(slices.Clone(s.kept), func(e E) bool { return !wanted[s.Key(e)] })
		if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("got\n%+v\nwant\n%+v", got, want)
		}
	}
	if got, err := s.GetMany(t.Context(), s.Keeper, nil); err != nil || len(got) > 0 {
		t.Errorf("of no IDs got %v, %v", got, err)
	}
}

// insertsMany tests that all are inserted, or none.
func insertsMany[E any](t *testing.T, s fixture[E]) {
	var all []E
	for i := range entities {
		all = append(all, s.Sample(i))
	}
	insert := func(ctx context.Context, list ...E) error {
		return s.InsertMany(ctx, s.Keeper, list, s.Event(s.Sample(0)))
	}
	assert.NoError(t, insert(t.Context(), all[1:]...))
	for _, e := range all[1:] {
		kepttest.There(t.Context(), t, s.Keeper, e, true)
	}
	assert.Code(t, insert(t.Context(), all[0], all[1]), kit.AlreadyExists)
	kepttest.There(t.Context(), t, s.Keeper, all[0], false)
	assert.NoError(t, insert(t.Context()))
	assert.NoError(t, s.Tx.Within(t.Context(), func(ctx context.Context) error {
		assert.Code(t, insert(ctx, all[0], all[1]), kit.AlreadyExists)
		kepttest.There(ctx, t, s.Keeper, all[0], false)
		return insert(ctx, all[0])
	}))
	kepttest.There(t.Context(), t, s.Keeper, all[0], true)
	kepttest.Events(t, s.Out, told(s, "InsertMany", 2))
}

// told returns how many events are kept of a method that was given so many.
func told[E any](s fixture[E], name string, events int) int {
	if slices.Contains(s.Untold, name) {
		return 0
	}
	return events
}

// upserts tests that an entity is inserted, or replaced at whichever version.
func upserts[E any](t *testing.T, s fixture[E]) {
	upserted := 0
	upsert := func(e E) {
		t.Helper()
		upserted++
		assert.NoError(t, s.Upsert(t.Context(), s.Keeper, e, s.Event(e)))
	}
	e, other := s.Sample(0), s.Sample(2)
	upsert(other)
	upsert(e)
	kepttest.There(t.Context(), t, s.Keeper, e, true)
	for range 3 {
		if s.Version == nil {
			s.Change(&e)
			upsert(e)
			kepttest.There(t.Context(), t, s.Keeper, e, true)
			continue
		}
		version := *s.Version(&e)
		s.Change(&e)
		for _, given := range []int64{1, version, version + 7} {
			*s.Version(&e) = given
			upsert(e)
			version++
			*s.Version(&e) = version
			kepttest.There(t.Context(), t, s.Keeper, e, true)
		}
	}
	kepttest.There(t.Context(), t, s.Keeper, other, true)
	kepttest.Events(t, s.Out, told(s, "Upsert", upserted))
}
