// Package constrainttest is the conformance suite of what a store refuses to keep though
// each entity is as it should be: of several that are alike where no two may be, all but one.
package constrainttest

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/kepttest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/ruletest"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// Rules are what all entities of a store together are held to, and the methods that could
// break it beside those that storetest tests. One that the store does not have is nil.
type Rules[E any] struct {
	Unique []Unique[E]

	InsertMany func(ctx context.Context, k storetest.Keeper[E], entities []E, events ...kit.Event) error
	Upsert     func(ctx context.Context, k storetest.Keeper[E], e E, events ...kit.Event) error
}

// Unique is fields in which no two entities may be alike.
type Unique[E any] struct {
	Fields []string // as errors name them
	// Align makes an entity like another one in the fields.
	Align func(e *E, like E)
	// Clear leaves one of the fields without a value; nil if all of them must have one.
	Clear func(e *E)
}

// Changed returns the number of a sample for an entity to be changed to: another one than for
// any other entity. is reports whether the entity has the key of the ith sample.
func Changed(version int64, is func(i int) bool) int {
	const samples = 1001 // more than tests have
	i := 0
	for i < samples && !is(i) {
		i++
	}
	return samples*int(version) + i
}

// fixture is an empty store, and one of its rules.
type fixture[E any] struct {
	storetest.Subject[E]
	storetest.Keeper[E]
	Rules[E]
	Unique[E]
}

// Run tests that a store keeps to the rules.
func Run[E any](t *testing.T, subject storetest.Subject[E], rules Rules[E]) {
	tests := []ruletest.Test[fixture[E]]{
		{Name: "refuses a second one", Needs: canGet[E], Run: refusesSecond[E]},
		{Name: "refuses a change to what another has", Needs: canUpdate[E], Run: refusesChange[E]},
		{Name: "takes a change of all else", Needs: canUpdate[E], Run: takesOtherChange[E]},
		{Name: "takes again what is free", Needs: canDelete[E], Run: takesFreed[E]},
		{Name: "refuses a second one in a transaction", Needs: canGet[E], Run: refusesInTransaction[E]},
		{Name: "takes one of many at the same time", Needs: canGet[E], Run: takesOneOfMany[E]},
		{Name: "takes several with nothing", Needs: canClear[E], Run: takesNothing[E]},
		{Name: "refuses several of which two are alike", Needs: canInsertMany[E], Run: refusesMany[E]},
		{Name: "refuses to put in place what another has", Needs: canUpsert[E], Run: refusesUpsert[E]},
		{Name: "tells first that the key is taken", Needs: canGet[E], Run: tellsOfKey[E]},
		{Name: "tells of the first of several rules", Needs: canGet[E], Run: tellsOfFirst[E]},
		{Name: "tells of the first of several rules after a change", Needs: canUpdate[E], Run: tellsOfFirstChange[E]},
		{Name: "tells of the first of several rules in place of another", Needs: canUpsert[E], Run: tellsOfFirstUpsert[E]},
		{Name: "tells of the first of several entities", Needs: canInsertMany[E], Run: tellsOfFirstEntity[E]},
	}
	for _, u := range rules.Unique {
		ruletest.Run(t, "unique "+u.Fields[0], tests, func(t *testing.T) fixture[E] {
			return fixture[E]{subject, subject.Open(t), rules, u}
		})
	}
}

func canGet[E any](s fixture[E]) bool        { return s.Get != nil }
func canUpdate[E any](s fixture[E]) bool     { return canGet(s) && s.Update != nil }
func canDelete[E any](s fixture[E]) bool     { return canUpdate(s) && s.Delete != nil }
func canClear[E any](s fixture[E]) bool      { return canGet(s) && s.Clear != nil }
func canInsertMany[E any](s fixture[E]) bool { return canGet(s) && s.InsertMany != nil }
func canUpsert[E any](s fixture[E]) bool     { return canGet(s) && s.Upsert != nil }

// first inserts an entity that has a value in every field.
func first[E any](t *testing.T, s fixture[E]) E {
	t.Helper()
	e := s.Sample(0)
	assert.NoError(t, s.Insert(t.Context(), e))
	return e
}

// like returns another entity that is like one in the fields.
func like[E any](s fixture[E], i int, one E) E {
	e := s.Sample(i)
	s.Align(&e, one)
	return e
}

// wantRefused tests that the error is AlreadyExists and names the fields of the rule.
func wantRefused[E any](t *testing.T, s fixture[E], err error) {
	t.Helper()
	wantTaken(t, err, s.Fields)
}

// wantTaken tests that the error is AlreadyExists and names the fields, none being the key.
func wantTaken(t *testing.T, err error, fields []string) {
	t.Helper()
	assert.Code(t, err, kit.AlreadyExists)
	var named []string
	if e, ok := errors.AsType[*kit.Error](err); ok {
		for _, f := range e.Fields {
			named = append(named, f.Field)
		}
	}
	if !slices.Equal(named, fields) {
		t.Errorf("the error %v names the fields %q, want %q", err, named, fields)
	}
}

func refusesSecond[E any](t *testing.T, s fixture[E]) {
	e := first(t, s)
	second := like(s, 2, e)
	wantRefused(t, s, s.Insert(t.Context(), second, s.Event(second)))
	kepttest.There(t.Context(), t, s.Keeper, second, false)
	kepttest.There(t.Context(), t, s.Keeper, e, true)
	kepttest.Events(t, s.Out, 0)
}

func refusesChange[E any](t *testing.T, s fixture[E]) {
	e, other := first(t, s), s.Sample(2)
	assert.NoError(t, s.Insert(t.Context(), other))
	changed := other
	s.Change(&changed)
	s.Align(&changed, e)
	wantRefused(t, s, s.Update(t.Context(), changed, s.Event(changed)))
	kepttest.There(t.Context(), t, s.Keeper, other, true)
	kepttest.Events(t, s.Out, 0)
	s.Align(&changed, other)
	assert.NoError(t, s.Update(t.Context(), changed)) // the refusal was no reading
	kepttest.There(t.Context(), t, s.Keeper, changed, true)
}

func takesOtherChange[E any](t *testing.T, s fixture[E]) {
	e := first(t, s)
	changed := e
	s.Change(&changed)
	s.Align(&changed, e)
	assert.NoError(t, s.Update(t.Context(), changed))
	kepttest.There(t.Context(), t, s.Keeper, changed, true)
}

// takesFreed gives to a second entity what the first one no longer has, and to a third one
// what the second no longer has: it is deleted in the same transaction.
func takesFreed[E any](t *testing.T, s fixture[E]) {
	e := first(t, s)
	changed := e
	s.Change(&changed)
	assert.NoError(t, s.Update(t.Context(), changed))
	second, third := like(s, 2, e), like(s, 4, e)
	assert.NoError(t, s.Insert(t.Context(), second))
	assert.NoError(t, s.Tx.Within(t.Context(), func(ctx context.Context) error {
		assert.NoError(t, s.Delete(ctx, second))
		return s.Insert(ctx, third)
	}))
	kepttest.There(t.Context(), t, s.Keeper, changed, true)
	kepttest.There(t.Context(), t, s.Keeper, third, true)
}

func refusesInTransaction[E any](t *testing.T, s fixture[E]) {
	e, other := s.Sample(0), s.Sample(4)
	second := like(s, 2, e)
	assert.NoError(t, s.Tx.Within(t.Context(), func(ctx context.Context) error {
		assert.NoError(t, s.Insert(ctx, e, s.Event(e)))
		wantRefused(t, s, s.Insert(ctx, second, s.Event(second)))
		kepttest.There(ctx, t, s.Keeper, second, false)
		return s.Insert(ctx, other, s.Event(other)) // it goes on
	}))
	kepttest.There(t.Context(), t, s.Keeper, e, true)
	kepttest.There(t.Context(), t, s.Keeper, second, false)
	kepttest.There(t.Context(), t, s.Keeper, other, true)
	kepttest.Events(t, s.Out, 2)
}

// takesOneOfMany inserts many at the same time, which a store may do at once. Every other
// one is like a sample, which has changed since and may be what they refer to.
func takesOneOfMany[E any](t *testing.T, s fixture[E]) {
	const n = 32
	var taken atomic.Int32
	changed := s.Sample(0)
	s.Change(&changed)
	assert.NoError(t, s.Insert(t.Context(), changed))
	assert.Concurrently(n, func(i int) {
		e, alike := s.Sample(2*i+2), i%2 == 0
		if alike {
			s.Align(&e, s.Sample(0))
		}
		err := s.Insert(t.Context(), e, s.Event(e))
		switch {
		case err == nil && alike:
			taken.Add(1)
		case alike:
			wantRefused(t, s, err)
		case err != nil:
			t.Errorf("one that is like no other is refused: %v", err)
		}
		if err == nil {
			kepttest.There(t.Context(), t, s.Keeper, e, true)
		}
	})
	if taken.Load() != 1 {
		t.Errorf("%d that are alike were kept", taken.Load())
	}
	kepttest.Events(t, s.Out, n/2+1)
}

func takesNothing[E any](t *testing.T, s fixture[E]) {
	for i := range 3 {
		e := like(s, 2*i, s.Sample(0))
		s.Clear(&e)
		assert.NoError(t, s.Insert(t.Context(), e))
		kepttest.There(t.Context(), t, s.Keeper, e, true)
	}
}

func refusesMany[E any](t *testing.T, s fixture[E]) {
	e := first(t, s)
	for _, second := range []E{like(s, 4, e), like(s, 4, s.Sample(2))} {
		wantRefused(t, s, s.InsertMany(t.Context(), s.Keeper, []E{s.Sample(2), second}, s.Event(second)))
		kepttest.There(t.Context(), t, s.Keeper, second, false)
		kepttest.There(t.Context(), t, s.Keeper, s.Sample(2), false)
	}
	kepttest.Events(t, s.Out, 0)
}

func refusesUpsert[E any](t *testing.T, s fixture[E]) {
	e, other := first(t, s), s.Sample(4)
	assert.NoError(t, s.Insert(t.Context(), other))
	for _, i := range []int{2, 4} { // neither a new one nor one that there is
		put := like(s, i, e)
		wantRefused(t, s, s.Upsert(t.Context(), s.Keeper, put, s.Event(put)))
	}
	kepttest.There(t.Context(), t, s.Keeper, s.Sample(2), false)
	kepttest.There(t.Context(), t, s.Keeper, other, true)
	kepttest.Events(t, s.Out, 0)
}
