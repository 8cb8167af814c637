package sqlstore

import (
	"context"
	"database/sql/driver"

	"github.com/outgrowkit/outgrow/templates/kit/tenancy"
)

// Tenant returns an argument of a statement: the tenant that ctx is used for. Without one the
// statement is not run, and its error is Unauthorized.
func Tenant(ctx context.Context) any {
	of, err := tenancy.Of(ctx)
	return tenant{of, err}
}

type tenant struct {
	of  string
	err error
}

// Value returns the tenant: see driver.Valuer.
func (t tenant) Value() (driver.Value, error) { return t.of, t.err }

// Owned returns a Mapping.Owned. of returns the tenant of an entity.
func Owned[T any](entity string, of func(*T) string) func(context.Context, *T) error {
	return func(ctx context.Context, v *T) error { return tenancy.Check(ctx, entity, of(v)) }
}
