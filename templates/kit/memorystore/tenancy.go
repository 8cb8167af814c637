package memorystore

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit/tenancy"
)

// Owned has the table keep the entities of each tenant apart, which of returns.
func (t *Table[T, K]) Owned(of func(*T) string) *Table[T, K] {
	t.tenant = of
	t.mine = func(ctx context.Context) (func(*T) bool, error) {
		tenant, err := tenancy.Of(ctx)
		return func(entity *T) bool { return of(entity) == tenant }, err
	}
	return t
}
