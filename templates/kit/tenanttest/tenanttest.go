// Package tenanttest is the conformance suite of entities that have a tenant: nobody finds,
// changes or learns of those of another.
package tenanttest

import (
	"context"
	"reflect"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/querytest"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// The tenants of the tests. The samples of all suites are of the first one.
const (
	Tenant = "acme"
	other  = "other"
)

type nobody struct{}

// Context returns a context that is used for a tenant: that of the samples, unless ctx says for
// which, or for none.
func Context(ctx context.Context) context.Context {
	if _, ok := kit.TenantOf(ctx); ok || ctx.Value(nobody{}) != nil {
		return ctx
	}
	return kit.WithTenant(ctx, Tenant)
}

// Of returns the tenant that the context is used for.
func Of(ctx context.Context) string {
	tenant, _ := kit.TenantOf(Context(ctx))
	return tenant
}

// Methods are those of a store beside a storetest.Keeper, and what the suite needs of entities.
type Methods[E any] struct {
	querytest.Methods[E]
	// Find calls the method with a filter that asks for nothing; nil if there is none.
	Find func(ctx context.Context, k storetest.Keeper[E], page kit.Page) (kit.Listing[E], error)
	// OwnKeys says that the keys of a tenant are its own: another one may have the same.
	OwnKeys bool
	// SetTenant gives an entity another tenant.
	SetTenant func(e *E, tenant string)
	// Alike makes an entity like another one in all that is unique; nil if nothing is.
	Alike func(e *E, like E)
	// Refer has functions each of which has an entity refer to the ith sample of another store,
	// which put keeps.
	Refer []Reference[E]
}

// Reference is a field that has the key of an entity that has a tenant as well.
type Reference[E any] struct {
	Set func(e *E, i int)
	Put func(ctx context.Context, k storetest.Keeper[E], i int) error
	// Delete removes the ith sample; nil unless the keys of its tenant are its own.
	Delete func(ctx context.Context, k storetest.Keeper[E], i int) error
}

// fixture is a store with entities of the first tenant, and how it is used for the other one.
type fixture[E any] struct {
	storetest.Subject[E]
	storetest.Keeper[E]
	Methods[E]

	kept []E
	ctx  context.Context //nolint:containedctx // that of the other one
}

// Run tests that a store keeps the entities of tenants apart.
func Run[E any](t *testing.T, subject storetest.Subject[E], m Methods[E]) {
	tests := map[string]func(*testing.T, fixture[E]){
		"finds nothing of another tenant":               findsNothing[E],
		"changes nothing of another tenant":             changesNothing[E],
		"keeps nothing for another tenant":              keepsNothing[E],
		"takes what is unique once for each tenant":     takesAlike[E],
		"refers to nothing of another tenant":           refersToNothing[E],
		"does nothing where the tenant is not known":    needsTenant[E],
		"tells nobody the place of an entity in a list": tellsNoPlace[E],
	}
	if len(m.Numbers) > 0 {
		tests["counts numbers for each tenant"] = countsNumbers[E]
	}
	if m.OwnKeys {
		tests["has the same keys for another tenant"] = hasTheSameKeys[E]
		tests["counts versions of the same key for each tenant"] = countsVersions[E]
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := fixture[E]{Subject: subject, Keeper: subject.Open(t), Methods: m, ctx: kit.WithTenant(t.Context(), other)}
			if f.Insert == nil || f.Get == nil {
				return
			}
			for i := range 3 {
				assert.NoError(t, f.Insert(t.Context(), subject.Sample(i)))
				e, err := f.Get(t.Context(), subject.Sample(i))
				assert.NoError(t, err)
				f.kept = append(f.kept, e)
			}
			test(t, f)
			for _, e := range f.kept {
				if got, err := f.Get(t.Context(), e); err != nil || !reflect.DeepEqual(got, e) {
					t.Errorf("its own tenant gets %+v and %v, want %+v", got, err, e)
				}
			}
		})
	}
}

// like returns what the other tenant has instead of an entity: everything but the key is
// another one's.
func (f fixture[E]) like(e E) E {
	f.next(&e, 1)
	return e
}
