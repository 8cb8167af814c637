// Package referencetest is the conformance suite of what a store refuses to keep because it
// refers to what is not there, and to delete because something refers to it.
package referencetest

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

// Rules are the references of the entities of a store, and its methods that could break one.
// They insert nothing else before. One that the store does not have is nil.
type Rules[E any] struct {
	References []Reference[E]

	Insert     func(ctx context.Context, k storetest.Keeper[E], e E, events ...kit.Event) error
	Update     func(ctx context.Context, k storetest.Keeper[E], e E, events ...kit.Event) error
	InsertMany func(ctx context.Context, k storetest.Keeper[E], entities []E) error
	Upsert     func(ctx context.Context, k storetest.Keeper[E], e E, events ...kit.Event) error
}

// Reference is a field that has the key of an entity of another store, or of the same one.
type Reference[E any] struct {
	Field   string // as errors name it
	OwnKind bool   // the other store is the same one; samples refer to themselves, if to any
	// Set has an entity refer to the ith sample of the other store.
	Set func(e *E, i int)
	// Empty has it refer to the empty text, which is no key; nil if keys are no texts.
	Empty func(e *E)
	// Clear has it refer to none; nil if it must refer to one.
	Clear func(e *E)
	// Alike makes an entity like another one in fields in which no two may be alike, this one not
	// being one of them; nil if there are none.
	Alike func(e *E, like E)
	// Put keeps the ith sample of the other store, unless it is there.
	Put func(ctx context.Context, k storetest.Keeper[E], i int) error
	// Delete removes it; nil if the other store has no such method.
	Delete func(ctx context.Context, k storetest.Keeper[E], i int) error
}

// The numbers of samples of the other store, which is perhaps the same one: no other sample has
// them.
const (
	other   = 30_001
	missing = 60_000 // of which there is none
)

// fixture is an empty store, and one of its references.
type fixture[E any] struct {
	storetest.Subject[E]
	storetest.Keeper[E]
	Rules[E]
	Reference[E]
}

// Run tests that a store keeps to the rules.
func Run[E any](t *testing.T, subject storetest.Subject[E], rules Rules[E]) {
	tests := []ruletest.Test[fixture[E]]{
		{Name: "refuses one that refers to nothing", Needs: canGet[E], Run: refusesMissing[E]},
		{Name: "tells first that the key is taken", Needs: canGet[E], Run: tellsOfKey[E]},
		{Name: "refuses a change to nothing", Needs: canUpdate[E], Run: refusesChange[E]},
		{Name: "takes one that need not refer", Needs: canClear[E], Run: takesNone[E]},
		{Name: "refuses one in a transaction", Needs: canGet[E], Run: refusesInTransaction[E]},
		{Name: "refuses what refers to something undone", Needs: canGet[E], Run: refusesUndone[E]},
		{Name: "takes those of many that refer to something", Needs: canGet[E], Run: takesOfMany[E]},
		{Name: "refuses several of which one refers to nothing", Needs: canInsertMany[E], Run: refusesMany[E]},
		{Name: "refuses to put in place what refers to nothing", Needs: canUpsert[E], Run: refusesUpsert[E]},
		{Name: "tells of the first of several references", Needs: canGet[E], Run: tellsOfFirst[E]},
		{Name: "tells of the first of several references after a change", Needs: canUpdate[E], Run: tellsOfFirstChange[E]},
		{Name: "tells of the first of several references in place of another", Needs: canUpsert[E], Run: tellsOfFirstUpsert[E]},
		{Name: "tells of the first of several entities", Needs: canInsertMany[E], Run: tellsOfFirstEntity[E]},
		{Name: "keeps what is referred to", Needs: canDelete[E], Run: keepsReferred[E]},
		{Name: "keeps all that is referred to while others delete it", Needs: canDelete[E], Run: keepsWhileDeleted[E]},
	}
	ofOwnKind := []ruletest.Test[fixture[E]]{
		{Name: "takes one that refers to itself", Needs: canUpdate[E], Run: takesItself[E]},
		{Name: "takes several in their order", Needs: canInsertMany[E], Run: takesInOrder[E]},
		{Name: "keeps those of a circle", Needs: canCircle[E], Run: keepsCircle[E]},
	}
	ofTexts := ruletest.Test[fixture[E]]{Name: "refuses one that refers to the empty text", Needs: canGet[E], Run: refusesEmpty[E]}
	besideUnique := []ruletest.Test[fixture[E]]{
		{Name: "tells first that something else is taken", Needs: canGet[E], Run: tellsOfTaken[E]},
		{Name: "tells first that something else is taken after a change", Needs: canUpdate[E], Run: tellsOfTakenChange[E]},
		{Name: "tells first that something else is taken in place of another", Needs: canUpsert[E], Run: tellsOfTakenUpsert[E]},
	}
	for _, r := range rules.References {
		tests := slices.Clone(tests)
		if r.OwnKind {
			tests = append(tests, ofOwnKind...)
		}
		if r.Empty != nil {
			tests = append(tests, ofTexts)
		}
		if r.Alike != nil {
			tests = append(tests, besideUnique...)
		}
		ruletest.Run(t, "reference "+r.Field, tests, func(t *testing.T) fixture[E] {
			return fixture[E]{subject, subject.Open(t), rules, r}
		})
	}
}

func canGet[E any](s fixture[E]) bool        { return s.Get != nil }
func canUpdate[E any](s fixture[E]) bool     { return canGet(s) && s.Rules.Update != nil }
func canClear[E any](s fixture[E]) bool      { return canGet(s) && s.Clear != nil }
func canInsertMany[E any](s fixture[E]) bool { return canGet(s) && s.InsertMany != nil }
func canUpsert[E any](s fixture[E]) bool     { return canGet(s) && s.Upsert != nil }
func canDelete[E any](s fixture[E]) bool {
	return canGet(s) && s.Keeper.Delete != nil && s.Reference.Delete != nil
}
func canCircle[E any](s fixture[E]) bool { return canUpdate(s) && canDelete(s) }

// referring returns the ith sample, which refers to the nth of the other store. What else it
// refers to is there.
func referring[E any](ctx context.Context, t *testing.T, s fixture[E], i, n int) E {
	t.Helper()
	e := s.Sample(i)
	for _, r := range s.References {
		if r.Field != s.Field && !r.OwnKind {
			assert.NoError(t, r.Put(ctx, s.Keeper, i))
		}
	}
	s.Set(&e, n)
	return e
}

// wantRefused tests that the error is Invalid and names the field.
func wantRefused[E any](t *testing.T, s fixture[E], err error) {
	t.Helper()
	assert.Code(t, err, kit.Invalid)
	if e, ok := errors.AsType[*kit.Error](err); !ok || len(e.Fields) != 1 || e.Fields[0].Field != s.Field {
		t.Errorf("the error %v does not name the field %s", err, s.Field)
	}
}

func refusesMissing[E any](t *testing.T, s fixture[E]) {
	e := referring(t.Context(), t, s, 0, missing)
	wantRefused(t, s, s.Rules.Insert(t.Context(), s.Keeper, e, s.Event(e)))
	kepttest.There(t.Context(), t, s.Keeper, e, false)
	kepttest.Events(t, s.Out, 0)
	assert.NoError(t, s.Put(t.Context(), s.Keeper, missing))
	assert.NoError(t, s.Rules.Insert(t.Context(), s.Keeper, e, s.Event(e)))
	kepttest.There(t.Context(), t, s.Keeper, e, true)
	kepttest.Events(t, s.Out, 1)
}

func refusesEmpty[E any](t *testing.T, s fixture[E]) {
	e := referring(t.Context(), t, s, 0, missing)
	s.Empty(&e)
	wantRefused(t, s, s.Rules.Insert(t.Context(), s.Keeper, e, s.Event(e)))
	kepttest.There(t.Context(), t, s.Keeper, e, false)
	kepttest.Events(t, s.Out, 0)
}

// first keeps an entity, and what it refers to.
func first[E any](t *testing.T, s fixture[E]) E {
	t.Helper()
	assert.NoError(t, s.Put(t.Context(), s.Keeper, other))
	e := referring(t.Context(), t, s, 0, other)
	assert.NoError(t, s.Rules.Insert(t.Context(), s.Keeper, e))
	return e
}

func refusesChange[E any](t *testing.T, s fixture[E]) {
	e := s.Sample(0)
	assert.NoError(t, s.Keeper.Insert(t.Context(), e))
	changed := e
	s.Change(&changed)
	assert.NoError(t, s.Keeper.Update(t.Context(), changed)) // and what it refers to is there
	next := changedTo(t, s, changed)
	s.Set(&next, missing)
	wantRefused(t, s, s.Rules.Update(t.Context(), s.Keeper, next, s.Event(next)))
	kepttest.There(t.Context(), t, s.Keeper, changed, true)
	kepttest.Events(t, s.Out, 0)
}

// changedTo returns what an entity changes to, which refers to the same as the first sample. That is
// there.
func changedTo[E any](t *testing.T, s fixture[E], e E) E {
	t.Helper()
	s.Change(&e)
	for _, r := range s.References {
		r.Set(&e, 0)
		assert.NoError(t, r.Put(t.Context(), s.Keeper, 0))
	}
	return e
}

func takesNone[E any](t *testing.T, s fixture[E]) {
	e := referring(t.Context(), t, s, 0, missing)
	s.Clear(&e)
	assert.NoError(t, s.Rules.Insert(t.Context(), s.Keeper, e))
	kepttest.There(t.Context(), t, s.Keeper, e, true)
}

func refusesInTransaction[E any](t *testing.T, s fixture[E]) {
	assert.NoError(t, s.Tx.Within(t.Context(), func(ctx context.Context) error {
		e := referring(ctx, t, s, 0, other)
		wantRefused(t, s, s.Rules.Insert(ctx, s.Keeper, e, s.Event(e)))
		assert.NoError(t, s.Put(ctx, s.Keeper, other)) // it goes on
		assert.NoError(t, s.Rules.Insert(ctx, s.Keeper, e, s.Event(e)))
		kepttest.There(ctx, t, s.Keeper, e, true)
		return nil
	}))
	kepttest.Events(t, s.Out, 1)
}

func refusesUndone[E any](t *testing.T, s fixture[E]) {
	kepttest.Undone(t, s.Tx, func(ctx context.Context) {
		assert.NoError(t, s.Put(ctx, s.Keeper, other))
		assert.NoError(t, s.Rules.Insert(ctx, s.Keeper, referring(ctx, t, s, 0, other)))
	})
	e := referring(t.Context(), t, s, 2, other)
	wantRefused(t, s, s.Rules.Insert(t.Context(), s.Keeper, e))
	kepttest.There(t.Context(), t, s.Keeper, e, false)
}

// takesOfMany inserts many at the same time, which a store may do at once. Every other one
// refers to nothing.
func takesOfMany[E any](t *testing.T, s fixture[E]) {
	const n = 32
	assert.NoError(t, s.Put(t.Context(), s.Keeper, other))
	all := make([]E, n)
	for i := range all {
		all[i] = referring(t.Context(), t, s, 2*i, []int{other, missing}[i%2])
	}
	assert.Concurrently(n, func(i int) {
		err := s.Rules.Insert(t.Context(), s.Keeper, all[i], s.Event(all[i]))
		if i%2 == 1 {
			wantRefused(t, s, err)
		} else if err != nil {
			t.Errorf("one that refers to something is refused: %v", err)
		}
	})
	for i, e := range all {
		kepttest.There(t.Context(), t, s.Keeper, e, i%2 == 0)
	}
	kepttest.Events(t, s.Out, n/2)
}

func refusesMany[E any](t *testing.T, s fixture[E]) {
	assert.NoError(t, s.Put(t.Context(), s.Keeper, other))
	all := []E{referring(t.Context(), t, s, 0, other), referring(t.Context(), t, s, 2, missing)}
	wantRefused(t, s, s.InsertMany(t.Context(), s.Keeper, all))
	for _, e := range all {
		kepttest.There(t.Context(), t, s.Keeper, e, false)
	}
}

func refusesUpsert[E any](t *testing.T, s fixture[E]) {
	e := first(t, s)
	for _, i := range []int{0, 2} { // one that there is, and a new one
		put := referring(t.Context(), t, s, i, missing)
		wantRefused(t, s, s.Upsert(t.Context(), s.Keeper, put, s.Event(put)))
	}
	kepttest.There(t.Context(), t, s.Keeper, e, true)
	kepttest.There(t.Context(), t, s.Keeper, s.Sample(2), false)
	kepttest.Events(t, s.Out, 0)
}

func keepsReferred[E any](t *testing.T, s fixture[E]) {
	e := first(t, s)
	remove := func(ctx context.Context) error { return s.Reference.Delete(ctx, s.Keeper, other) }
	assert.Code(t, remove(t.Context()), kit.Conflict)
	assert.NoError(t, s.Rules.Insert(t.Context(), s.Keeper, referring(t.Context(), t, s, 2, other))) // it is there
	assert.NoError(t, s.Tx.Within(t.Context(), func(ctx context.Context) error {
		assert.Code(t, remove(ctx), kit.Conflict)
		for _, i := range []int{0, 2} {
			assert.NoError(t, s.Keeper.Delete(ctx, s.Sample(i)))
		}
		return remove(ctx)
	}))
	wantRefused(t, s, s.Rules.Insert(t.Context(), s.Keeper, e))
}

// keepsWhileDeleted inserts entities while others delete what they refer to, every other two in
// transactions.
func keepsWhileDeleted[E any](t *testing.T, s fixture[E]) {
	const n = 16
	all := make([]E, n)
	for i := range all {
		assert.NoError(t, s.Put(t.Context(), s.Keeper, other+i))
		all[i] = referring(t.Context(), t, s, i, other+i)
	}
	within := func(i int, do func(ctx context.Context) error) error {
		if i%2 == 0 {
			return do(t.Context())
		}
		return s.Tx.Within(t.Context(), do)
	}
	var deleted [n]atomic.Bool
	assert.Concurrently(2*n, func(i int) {
		at := i / 2
		if i%2 == 0 {
			err := within(at, func(ctx context.Context) error { return s.Rules.Insert(ctx, s.Keeper, all[at]) })
			if code := kit.CodeOf(err); code != "" && code != kit.Invalid {
				t.Errorf("inserted while what it refers to is deleted: %v", err)
			}
			return
		}
		err := within(at, func(ctx context.Context) error { return s.Reference.Delete(ctx, s.Keeper, other+at) })
		deleted[at].Store(err == nil)
		if code := kit.CodeOf(err); code != "" && code != kit.Conflict {
			t.Errorf("deleted while something refers to it: %v", err)
		}
	})
	for i, e := range all {
		kepttest.There(t.Context(), t, s.Keeper, e, !deleted[i].Load())
	}
}
