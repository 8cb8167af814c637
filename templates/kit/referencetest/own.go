package referencetest

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/kepttest"
)

// parentAndChild returns two entities, of which the second one refers to the first.
func parentAndChild[E any](t *testing.T, s fixture[E]) (parent, child E) {
	t.Helper()
	parent, child = referring(t.Context(), t, s, 0, 0), referring(t.Context(), t, s, 2, 0)
	s.Clear(&parent)
	return parent, child
}

// takesItself inserts an entity that refers to itself, and one that does so once it has changed.
func takesItself[E any](t *testing.T, s fixture[E]) {
	e := referring(t.Context(), t, s, 0, 0)
	assert.NoError(t, s.Rules.Insert(t.Context(), s.Keeper, e))
	kepttest.There(t.Context(), t, s.Keeper, e, true)
	changed := referring(t.Context(), t, s, 2, 2)
	s.Clear(&changed)
	assert.NoError(t, s.Rules.Insert(t.Context(), s.Keeper, changed))
	s.Change(&changed)
	s.Set(&changed, 2)
	assert.NoError(t, s.Keeper.Update(t.Context(), changed))
	kepttest.There(t.Context(), t, s.Keeper, changed, true)
	if s.Keeper.Delete != nil {
		assert.NoError(t, s.Keeper.Delete(t.Context(), e))
		kepttest.There(t.Context(), t, s.Keeper, e, false)
	}
}

// takesInOrder inserts a parent and its child at once. As if one came after the other, the child
// cannot come first.
func takesInOrder[E any](t *testing.T, s fixture[E]) {
	parent, child := parentAndChild(t, s)
	wantRefused(t, s, s.InsertMany(t.Context(), s.Keeper, []E{child, parent}))
	for _, e := range []E{parent, child} {
		kepttest.There(t.Context(), t, s.Keeper, e, false)
	}
	assert.NoError(t, s.InsertMany(t.Context(), s.Keeper, []E{parent, child}))
	for _, e := range []E{parent, child} {
		kepttest.There(t.Context(), t, s.Keeper, e, true)
	}
}

// keepsCircle has a parent become a child of its child: a store looks no further than whether
// each is there, and neither can go before the other.
func keepsCircle[E any](t *testing.T, s fixture[E]) {
	parent, child := parentAndChild(t, s)
	assert.NoError(t, s.Rules.Insert(t.Context(), s.Keeper, parent))
	assert.NoError(t, s.Rules.Insert(t.Context(), s.Keeper, child))
	s.Change(&parent)
	s.Set(&parent, 2)
	assert.NoError(t, s.Keeper.Update(t.Context(), parent))
	for _, e := range []E{parent, child} {
		assert.Code(t, s.Keeper.Delete(t.Context(), e), kit.Conflict)
		kepttest.There(t.Context(), t, s.Keeper, e, true)
	}
	s.Change(&child)
	s.Clear(&child)
	assert.NoError(t, s.Keeper.Update(t.Context(), child))
	assert.NoError(t, s.Keeper.Delete(t.Context(), parent))
	assert.NoError(t, s.Keeper.Delete(t.Context(), child))
}
