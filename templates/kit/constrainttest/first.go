package constrainttest

import (
	"slices"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/kepttest"
)

// taken inserts two entities that have a value in every field.
func taken[E any](t *testing.T, s fixture[E]) (all [2]E) {
	t.Helper()
	all = [2]E{first(t, s), s.Sample(6)}
	assert.NoError(t, s.Insert(t.Context(), all[1]))
	return all
}

// likeInAll makes an entity like the first of two in the rule, and like one of them in as many as
// it can be of those that are declared after it. It returns the fields of the first rule that it
// breaks then.
func likeInAll[E any](s fixture[E], e *E, two [2]E) (first []string) {
	isRule := func(u Unique[E]) bool { return slices.Equal(u.Fields, s.Fields) }
	var alike [2][]string
	for i, u := range s.Rules.Unique[slices.IndexFunc(s.Rules.Unique, isRule):] {
		overlaps := func(with []string) bool {
			return slices.ContainsFunc(u.Fields, func(field string) bool { return slices.Contains(with, field) })
		}
		to := 1
		if i == 0 || overlaps(alike[0]) {
			to = 0
		}
		if !overlaps(alike[1-to]) {
			u.Align(e, two[to])
			alike[to] = append(alike[to], u.Fields...)
		}
	}
	within := func(fields, alike []string) bool {
		return !slices.ContainsFunc(fields, func(field string) bool { return !slices.Contains(alike, field) })
	}
	broken := slices.IndexFunc(s.Rules.Unique, func(u Unique[E]) bool { return within(u.Fields, alike[0]) || within(u.Fields, alike[1]) })
	return s.Rules.Unique[broken].Fields
}

// tellsOfKey inserts an entity once more.
func tellsOfKey[E any](t *testing.T, s fixture[E]) {
	e := first(t, s)
	wantTaken(t, s.Insert(t.Context(), e, s.Event(e)), nil)
	kepttest.Events(t, s.Out, 0)
}

func tellsOfFirst[E any](t *testing.T, s fixture[E]) {
	two, second := taken(t, s), s.Sample(2)
	fields := likeInAll(s, &second, two)
	wantTaken(t, s.Insert(t.Context(), second, s.Event(second)), fields)
	kepttest.There(t.Context(), t, s.Keeper, second, false)
	kepttest.Events(t, s.Out, 0)
}

func tellsOfFirstChange[E any](t *testing.T, s fixture[E]) {
	two, other := taken(t, s), s.Sample(2)
	assert.NoError(t, s.Insert(t.Context(), other))
	changed := other
	s.Change(&changed)
	fields := likeInAll(s, &changed, two)
	wantTaken(t, s.Update(t.Context(), changed, s.Event(changed)), fields)
	kepttest.There(t.Context(), t, s.Keeper, other, true)
	kepttest.Events(t, s.Out, 0)
}

func tellsOfFirstUpsert[E any](t *testing.T, s fixture[E]) {
	two, other := taken(t, s), s.Sample(4)
	assert.NoError(t, s.Insert(t.Context(), other))
	for _, i := range []int{2, 4} { // a new one, and one that there is
		put := s.Sample(i)
		fields := likeInAll(s, &put, two)
		wantTaken(t, s.Upsert(t.Context(), s.Keeper, put, s.Event(put)), fields)
	}
	kepttest.There(t.Context(), t, s.Keeper, s.Sample(2), false)
	kepttest.There(t.Context(), t, s.Keeper, other, true)
	kepttest.Events(t, s.Out, 0)
}

// tellsOfFirstEntity inserts several at once of which two cannot be kept: as if one came after the
// other, the error is that of the first.
func tellsOfFirstEntity[E any](t *testing.T, s fixture[E]) {
	two, good, second := taken(t, s), s.Sample(4), s.Sample(2)
	fields := likeInAll(s, &second, two)
	insert := func(all ...E) error { return s.InsertMany(t.Context(), s.Keeper, all, s.Event(good)) }
	wantTaken(t, insert(good, second, two[0]), fields)
	wantTaken(t, insert(good, two[0], second), nil)
	for _, v := range []E{good, second} {
		kepttest.There(t.Context(), t, s.Keeper, v, false)
	}
	kepttest.Events(t, s.Out, 0)
}
