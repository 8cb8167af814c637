package memorystore

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/rowkey"
	"github.com/outgrowkit/outgrow/templates/kit/tenancy"
)

// Owned has the table keep the entities of each tenant apart, which of returns. Keys that are no
// UUIDs are a tenant's own: another one may have the same.
func (t *Table[T, K]) Owned(of func(*T) string) *Table[T, K] {
	t.tenant = of
	_, shared := rowkey.Arg(*new(K)).(kit.UUID)
	t.mine = func(ctx context.Context) (string, func(*T) bool, error) {
		tenant, err := tenancy.Of(ctx)
		own := tenant
		if shared {
			own = ""
		}
		return own, func(entity *T) bool { return of(entity) == tenant }, err
	}
	return t
}

// NextOfTenant is Next for a table whose entities have tenants. last has the last number of each.
func NextOfTenant[N ~int | ~int64, T any, K comparable](ctx context.Context, t *Table[T, K], last *map[string]N) (next N, err error) {
	tenant, err := tenancy.Of(ctx)
	if err != nil {
		return 0, err
	}
	err = t.db.use(ctx, func(*transaction) error {
		if *last == nil {
			*last = map[string]N{}
		}
		(*last)[tenant]++
		next = (*last)[tenant]
		return nil
	})
	return next, err
}
