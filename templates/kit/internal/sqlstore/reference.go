package sqlstore

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/constraint"
)

// Field is a field that has the key of an entity.
type Field = constraint.Field

// Missing returns the error for an entity that refers by a field to one that is not there.
func Missing(entity string, by Field) func(cause error) error {
	return func(cause error) error { return constraint.Missing(entity, by, cause) }
}

// Kept returns the error for the removal of an entity that another one refers to.
func Kept(entity, by string) func(cause error) error {
	return func(cause error) error { return constraint.Kept(entity, by, cause) }
}

// Kept says more of the error of a removal: see Mapping.
func (t *Table[T, K]) Kept(ctx context.Context, err error) error {
	return t.mapping.Refused(ctx, nil, false, err)
}

// RemoveReleased removes entities that may refer to one another, and keeps the events if there
// were any. A trigger looks at one row at a time, and would keep one for another that goes as
// well: so release has all of them refer to nothing before, and returns their keys.
func (t *Table[T, K]) RemoveReleased(ctx context.Context, db interface {
	kit.Transactor
	kit.Emitter
}, release *Statement, events []kit.Event, args ...any) (removed int64, err error) {
	err = db.Within(ctx, func(ctx context.Context) error {
		var keys []any
		err := release.Rows(ctx, func(row Scanner) error {
			keys = append(keys, nil)
			return row.Scan(&keys[len(keys)-1])
		}, t.Args(ctx, args...)...)
		for _, key := range keys {
			if err == nil {
				_, err = t.remove.Apply(ctx, t.Args(ctx, key)...)
			}
		}
		if err != nil || len(keys) == 0 {
			return err
		}
		removed = int64(len(keys))
		return db.Emit(ctx, events...)
	})
	return removed, t.Kept(ctx, err)
}
