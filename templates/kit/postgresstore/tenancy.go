package postgresstore

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Tenant returns an argument of a statement: the tenant that ctx is used for. Without one the
// statement is not run, and its error is Unauthorized.
func Tenant(ctx context.Context) any { return sqlstore.Tenant(ctx) }

// Owned returns a Mapping.Owned. of returns the tenant of an entity.
func Owned[T any](entity string, of func(*T) string) func(context.Context, *T) error {
	return sqlstore.Owned(entity, of)
}
