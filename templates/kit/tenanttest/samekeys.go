package tenanttest

import (
	"context"
	"reflect"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// hasTheSameKeys has the other tenant keep, find, change and remove what has the keys that the
// first one has.
func hasTheSameKeys[E any](t *testing.T, f fixture[E]) {
	theirs := f.insertTheirs(t)
	findsTheirs(t, f, theirs)
	if f.Update != nil {
		f.next(&theirs[0], 2)
		assert.NoError(t, f.Update(f.ctx, theirs[0]))
		f.there(t, theirs[0])
	}
	if f.Upsert != nil {
		f.next(&theirs[1], 2) // the one after that which there is
		assert.NoError(t, f.Upsert(f.ctx, f.Keeper, theirs[1]))
		f.there(t, theirs[1])
	}
	if f.Delete != nil {
		assert.NoError(t, f.Delete(f.ctx, theirs[0]))
		assert.Code(t, f.Delete(f.ctx, theirs[0]), kit.NotFound)
	}
	if f.InsertMany != nil {
		assert.Code(t, f.InsertMany(f.ctx, f.Keeper, theirs[1:]), kit.AlreadyExists)
		e := f.like(f.kept[0])
		if f.Delete != nil {
			assert.NoError(t, f.InsertMany(f.ctx, f.Keeper, []E{e}))
			f.there(t, e)
		}
	}
	for _, q := range f.Queries {
		if q.Remove != nil {
			_, err := queried(f.ctx, f, q)
			assert.NoError(t, err)
		}
	}
}

// insertTheirs has the other tenant keep what has the keys of the first one.
func (f fixture[E]) insertTheirs(t *testing.T) (theirs []E) {
	t.Helper()
	for _, e := range f.kept {
		e = f.like(e)
		assert.NoError(t, f.Insert(f.ctx, e))
		assert.Code(t, f.Insert(f.ctx, e), kit.AlreadyExists)
		f.there(t, e)
		theirs = append(theirs, e)
	}
	return theirs
}

// next gives an entity of the other tenant other values, and a version if it has one.
func (f fixture[E]) next(e *E, version int64) {
	f.Change(e)
	f.SetTenant(e, other)
	if f.Version != nil {
		*f.Version(e) = version
	}
}

// there tests that the other tenant has an entity as it is.
func (f fixture[E]) there(t *testing.T, want E) {
	t.Helper()
	if got, err := f.Get(f.ctx, want); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the other tenant gets %+v and %v, want %+v", got, err, want)
	}
}

// findsTheirs reads lists of the other tenant, in each order, one entity after the other.
func findsTheirs[E any](t *testing.T, f fixture[E], theirs []E) {
	lists := map[string]func(context.Context, kit.Page) (kit.Listing[E], error){}
	if f.List != nil {
		lists["List"] = f.List
	}
	for _, q := range f.Queries {
		if q.Find != nil && q.Takes == 0 {
			lists[q.Name] = func(ctx context.Context, page kit.Page) (kit.Listing[E], error) {
				return q.Find(ctx, f.Keeper, nil, page)
			}
		}
	}
	for name, list := range lists {
		pages := assert.Pages(t, 1, func(_ context.Context, page kit.Page) (kit.Listing[E], error) { return list(f.ctx, page) })
		found := 0
		for _, page := range pages {
			for _, e := range page {
				f.there(t, e)
				found++
			}
		}
		if found != len(theirs) {
			t.Errorf("%s: the other tenant finds %d, want %d", name, found, len(theirs))
		}
	}
	if f.GetMany == nil {
		return
	}
	all, err := f.GetMany(f.ctx, f.Keeper, f.kept)
	assert.NoError(t, err)
	if len(all) != len(theirs) {
		t.Errorf("GetMany: the other tenant gets %d, want %d", len(all), len(theirs))
	}
	for _, e := range all {
		f.there(t, e)
	}
}

// countsVersions reads what both tenants have under one key in a transaction, and changes one of
// them after the other was read.
func countsVersions[E any](t *testing.T, f fixture[E]) {
	if f.Version == nil || f.Update == nil {
		return
	}
	e := f.insertTheirs(t)[0]
	for version := range int64(2) {
		f.next(&e, version+2)
		assert.NoError(t, f.Update(f.ctx, e))
	}
	assert.NoError(t, f.Tx.Within(t.Context(), func(ctx context.Context) error {
		for _, of := range []string{other, Tenant} {
			_, err := f.Get(kit.WithTenant(ctx, of), e)
			assert.NoError(t, err)
		}
		f.next(&e, 5) // in a transaction that has read 3
		return f.Update(kit.WithTenant(ctx, other), e)
	}))
	f.there(t, e)
}

// refersToItsOwn has the other tenant keep and remove what has the key of that to which the
// first one refers.
func refersToItsOwn[E any](t *testing.T, f fixture[E], r Reference[E]) {
	assert.NoError(t, r.Put(f.ctx, f.Keeper, 50_000))
	assert.NoError(t, r.Delete(f.ctx, f.Keeper, 50_000))
	assert.Code(t, r.Delete(t.Context(), f.Keeper, 50_000), kit.Conflict)
	assert.NoError(t, r.Put(f.ctx, f.Keeper, 50_000))
	e := f.Sample(7)
	r.Set(&e, 50_000)
	f.SetTenant(&e, other)
	if f.OwnKeys {
		assert.NoError(t, f.Insert(f.ctx, e))
		assert.Code(t, r.Delete(f.ctx, f.Keeper, 50_000), kit.Conflict)
	}
}
