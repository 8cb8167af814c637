package referencetest

import (
	"slices"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/kepttest"
)

// tellsOfKey inserts an entity that refers to nothing, and has the key of another one.
func tellsOfKey[E any](t *testing.T, s fixture[E]) {
	first(t, s)
	second := referring(t.Context(), t, s, 0, missing)
	assert.Code(t, s.Rules.Insert(t.Context(), s.Keeper, second, s.Event(second)), kit.AlreadyExists)
	kepttest.Events(t, s.Out, 0)
}

// tellsOfTaken inserts one that refers to nothing, and is like another one where it may not be.
func tellsOfTaken[E any](t *testing.T, s fixture[E]) {
	e := first(t, s)
	second := referring(t.Context(), t, s, 2, missing)
	s.Alike(&second, e)
	assert.Code(t, s.Rules.Insert(t.Context(), s.Keeper, second, s.Event(second)), kit.AlreadyExists)
	kepttest.There(t.Context(), t, s.Keeper, second, false)
	kepttest.Events(t, s.Out, 0)
}

// tellsOfTakenChange changes one as tellsOfTaken inserts it.
func tellsOfTakenChange[E any](t *testing.T, s fixture[E]) {
	e, changed := first(t, s), referring(t.Context(), t, s, 2, other)
	assert.NoError(t, s.Rules.Insert(t.Context(), s.Keeper, changed))
	next := changedTo(t, s, changed)
	s.Alike(&next, e)
	s.Set(&next, missing)
	assert.Code(t, s.Rules.Update(t.Context(), s.Keeper, next, s.Event(next)), kit.AlreadyExists)
	kepttest.There(t.Context(), t, s.Keeper, changed, true)
	kepttest.Events(t, s.Out, 0)
}

// tellsOfTakenUpsert puts one in place as tellsOfTaken inserts it: a new one, and one that there is.
func tellsOfTakenUpsert[E any](t *testing.T, s fixture[E]) {
	e, there := first(t, s), referring(t.Context(), t, s, 4, other)
	assert.NoError(t, s.Rules.Insert(t.Context(), s.Keeper, there))
	for _, i := range []int{2, 4} {
		put := referring(t.Context(), t, s, i, missing)
		s.Alike(&put, e)
		assert.Code(t, s.Upsert(t.Context(), s.Keeper, put, s.Event(put)), kit.AlreadyExists)
	}
	kepttest.There(t.Context(), t, s.Keeper, s.Sample(2), false)
	kepttest.There(t.Context(), t, s.Keeper, there, true)
	kepttest.Events(t, s.Out, 0)
}

// toNothing has an entity refer to nothing by the reference and all that are declared after it.
func toNothing[E any](s fixture[E], e *E) {
	isOne := func(r Reference[E]) bool { return r.Field == s.Field }
	for _, r := range s.References[slices.IndexFunc(s.References, isOne):] {
		r.Set(e, missing)
	}
}

func tellsOfFirst[E any](t *testing.T, s fixture[E]) {
	e := referring(t.Context(), t, s, 0, missing)
	toNothing(s, &e)
	wantRefused(t, s, s.Rules.Insert(t.Context(), s.Keeper, e, s.Event(e)))
	kepttest.There(t.Context(), t, s.Keeper, e, false)
	kepttest.Events(t, s.Out, 0)
}

func tellsOfFirstChange[E any](t *testing.T, s fixture[E]) {
	e := first(t, s)
	next := changedTo(t, s, e)
	toNothing(s, &next)
	wantRefused(t, s, s.Rules.Update(t.Context(), s.Keeper, next, s.Event(next)))
	kepttest.There(t.Context(), t, s.Keeper, e, true)
	kepttest.Events(t, s.Out, 0)
}

func tellsOfFirstUpsert[E any](t *testing.T, s fixture[E]) {
	e := first(t, s)
	for _, i := range []int{0, 2} { // one that there is, and a new one
		put := referring(t.Context(), t, s, i, missing)
		toNothing(s, &put)
		wantRefused(t, s, s.Upsert(t.Context(), s.Keeper, put, s.Event(put)))
	}
	kepttest.There(t.Context(), t, s.Keeper, e, true)
	kepttest.There(t.Context(), t, s.Keeper, s.Sample(2), false)
	kepttest.Events(t, s.Out, 0)
}

// tellsOfFirstEntity inserts several at once: one is there, and one refers to nothing. As if one
// came after the other, the error is that of the first of those two.
func tellsOfFirstEntity[E any](t *testing.T, s fixture[E]) {
	e, good := first(t, s), referring(t.Context(), t, s, 4, other)
	astray := referring(t.Context(), t, s, 2, missing)
	wantRefused(t, s, s.InsertMany(t.Context(), s.Keeper, []E{good, astray, e}))
	assert.Code(t, s.InsertMany(t.Context(), s.Keeper, []E{good, e, astray}), kit.AlreadyExists)
	for _, v := range []E{good, astray} {
		kepttest.There(t.Context(), t, s.Keeper, v, false)
	}
	kepttest.There(t.Context(), t, s.Keeper, e, true)
}
