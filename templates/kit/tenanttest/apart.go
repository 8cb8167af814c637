package tenanttest

import (
	"context"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/querytest"
)

// read is a call of a method that finds entities.
type read struct {
	name string
	call func(ctx context.Context) (found int64, err error)
}

// reads returns a call of each method that finds entities, with what is kept as arguments.
func reads[E any](f fixture[E]) []read {
	like, page := f.kept[0], kit.Page{Limit: 10}
	all := []read{{"Get", func(ctx context.Context) (int64, error) { return one(f.Get(ctx, like)) }}}
	if f.List != nil {
		all = append(all, read{"List", func(ctx context.Context) (int64, error) { return listed(f.List(ctx, page)) }})
	}
	if f.Find != nil {
		all = append(all, read{"Find", func(ctx context.Context) (int64, error) { return listed(f.Find(ctx, f.Keeper, page)) }})
	}
	for _, find := range f.Finds {
		all = append(all, read{find.Name, func(ctx context.Context) (int64, error) { return listed(find.Call(ctx, f.Keeper, like, page)) }})
	}
	for _, count := range f.Counts {
		all = append(all, read{count.Name, func(ctx context.Context) (int64, error) { return count.Call(ctx, f.Keeper, like) }})
	}
	for _, q := range f.Queries {
		all = append(all, read{q.Name, func(ctx context.Context) (int64, error) { return queried(ctx, f, q) }})
	}
	if f.GetMany != nil {
		all = append(all, read{"GetMany", func(ctx context.Context) (int64, error) {
			found, err := f.GetMany(ctx, f.Keeper, f.kept)
			return int64(len(found)), err
		}})
	}
	return all
}

func one[E any](_ E, err error) (int64, error) {
	if kit.CodeOf(err) == kit.NotFound {
		return 0, nil
	}
	return 1, err
}

func listed[E any](l kit.Listing[E], err error) (int64, error) { return int64(len(l.Items)), err }

// queried calls a query, and returns how much it finds or removes.
func queried[E any](ctx context.Context, f fixture[E], q querytest.Query[E]) (n int64, err error) {
	var like []E
	for i := range q.Takes {
		like = append(like, f.kept[i%len(f.kept)])
	}
	switch {
	case q.Find != nil:
		return listed(q.Find(ctx, f.Keeper, like, kit.Page{Limit: 10}))
	case q.First != nil:
		return one(q.First(ctx, f.Keeper, like))
	case q.Count != nil:
		return q.Count(ctx, f.Keeper, like)
	case q.Counts != nil:
		numbers, err := q.Counts(ctx, f.Keeper, like)
		return int64(len(numbers)), err
	case q.Remove != nil:
		return q.Remove(ctx, f.Keeper, like)
	}
	for _, failure := range q.All(ctx, f.Keeper, like) {
		if err = failure; err != nil {
			break
		}
		n++
	}
	return n, err
}

// findsNothing reads for other tenants, also such as are called nearly like the first one.
func findsNothing[E any](t *testing.T, f fixture[E]) {
	for _, tenant := range []string{other, "ACME", Tenant + " ", "%", "acm_", "' OR 1=1 --"} {
		for _, r := range reads(f) {
			if n, err := r.call(kit.WithTenant(t.Context(), tenant)); n != 0 || err != nil {
				t.Errorf("%s: the tenant %q finds %d, %v, want nothing", r.name, tenant, n, err)
			}
		}
	}
}

func changesNothing[E any](t *testing.T, f fixture[E]) {
	e := f.like(f.kept[0])
	if !f.OwnKeys {
		takesNoKey(t, f, e)
	}
	if f.Delete != nil {
		assert.Code(t, f.Delete(f.ctx, e), kit.NotFound)
	}
	if f.Update == nil {
		return
	}
	if f.Version != nil {
		*f.Version(&e) = 2
	}
	assert.Code(t, f.Update(f.ctx, e), kit.NotFound)
}

// takesNoKey has the other tenant keep what has a key of the first one.
func takesNoKey[E any](t *testing.T, f fixture[E], e E) {
	assert.Code(t, f.Insert(f.ctx, e), kit.AlreadyExists)
	if f.Upsert != nil {
		assert.Code(t, f.Upsert(f.ctx, f.Keeper, e), kit.AlreadyExists)
	}
	if f.InsertMany != nil {
		assert.Code(t, f.InsertMany(f.ctx, f.Keeper, []E{e}), kit.AlreadyExists)
	}
}

// keepsNothing has each of two tenants keep what is said to be of the other.
func keepsNothing[E any](t *testing.T, f fixture[E]) {
	theirs := f.Sample(3)
	f.SetTenant(&theirs, other)
	for ctx, e := range map[context.Context]E{f.ctx: f.Sample(4), t.Context(): theirs} {
		assert.Code(t, f.Insert(ctx, e), kit.Unauthorized)
		if f.Upsert != nil {
			assert.Code(t, f.Upsert(ctx, f.Keeper, e), kit.Unauthorized)
		}
		if f.InsertMany != nil {
			assert.Code(t, f.InsertMany(ctx, f.Keeper, []E{e}), kit.Unauthorized)
		}
	}
	if f.Update != nil {
		e := f.kept[0]
		f.Change(&e)
		f.SetTenant(&e, other)
		assert.Code(t, f.Update(t.Context(), e), kit.Unauthorized)
	}
}

func takesAlike[E any](t *testing.T, f fixture[E]) {
	e := f.Sample(5)
	if f.Alike != nil {
		f.Alike(&e, f.kept[0])
	}
	f.SetTenant(&e, other)
	assert.NoError(t, f.Insert(f.ctx, e))
	if f.List == nil {
		return
	}
	if n, err := listed(f.List(t.Context(), kit.Page{Limit: 10})); err != nil || n != int64(len(f.kept)) {
		t.Errorf("got a list of %d, %v, want %d", n, err, len(f.kept))
	}
}

func refersToNothing[E any](t *testing.T, f fixture[E]) {
	for _, r := range f.Refer {
		assert.NoError(t, r.Put(t.Context(), f.Keeper, 50_000))
		e := f.Sample(6)
		r.Set(&e, 50_000)
		f.SetTenant(&e, other)
		assert.Code(t, f.Insert(f.ctx, e), kit.Invalid)
		e = f.Sample(7)
		r.Set(&e, 50_000)
		assert.NoError(t, f.Insert(t.Context(), e))
		if r.Delete != nil {
			refersToItsOwn(t, f, r)
		}
		if f.Delete != nil {
			assert.NoError(t, f.Delete(t.Context(), e))
		}
	}
}

// needsTenant uses a store without a tenant, and for such as databases cannot keep.
func needsTenant[E any](t *testing.T, f fixture[E]) {
	isNotKnown(context.WithValue(t.Context(), nobody{}, true), t, f)
	for _, tenant := range []string{"a\x00b", "a\xff", strings.Repeat("a", 256)} {
		isNotKnown(kit.WithTenant(t.Context(), tenant), t, f)
	}
}

func isNotKnown[E any](ctx context.Context, t *testing.T, f fixture[E]) {
	t.Helper()
	for _, r := range reads(f) {
		if _, err := r.call(ctx); kit.CodeOf(err) != kit.Unauthorized {
			t.Errorf("%s: %v, want %s", r.name, err, kit.Unauthorized)
		}
	}
	for _, n := range f.Numbers {
		_, err := n.Next(ctx, f.Keeper)
		assert.Code(t, err, kit.Unauthorized)
	}
	e := f.Sample(7)
	assert.Code(t, f.Insert(ctx, e), kit.Unauthorized)
	if f.Delete != nil {
		assert.Code(t, f.Delete(ctx, f.kept[0]), kit.Unauthorized)
	}
	if f.Update != nil {
		e := f.kept[0]
		f.Change(&e)
		assert.Code(t, f.Update(ctx, e), kit.Unauthorized)
	}
}

// tellsNoPlace goes on in lists after what another tenant has.
func tellsNoPlace[E any](t *testing.T, f fixture[E]) {
	for i := range 3 {
		e := f.Sample(10 + i)
		f.SetTenant(&e, other)
		assert.NoError(t, f.Insert(f.ctx, e))
	}
	for _, q := range f.Queries {
		if q.Find == nil || q.Takes > 0 || q.Compare == nil {
			continue
		}
		page := kit.Page{Limit: 10, After: f.Key(f.kept[1])}
		if _, err := q.Find(f.ctx, f.Keeper, nil, page); kit.CodeOf(err) != kit.Invalid {
			t.Errorf("%s: %v, want %s", q.Name, err, kit.Invalid)
		}
	}
}

// countsNumbers has each tenant take numbers, which tell nothing of how many others took.
func countsNumbers[E any](t *testing.T, f fixture[E]) {
	for _, n := range f.Numbers {
		for want := range int64(3) {
			for _, ctx := range []context.Context{t.Context(), f.ctx} {
				if got, err := n.Next(ctx, f.Keeper); got != want+1 || err != nil {
					t.Errorf("%s: got %d and %v, want %d", n.Name, got, err, want+1)
				}
			}
		}
	}
}
