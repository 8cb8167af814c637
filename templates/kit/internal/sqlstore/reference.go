package sqlstore

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/constraint"
)

// Field is a field that has the key of an entity.
type Field = constraint.Field

// References are the fields by which entities of a table refer to others, and what messages
// call the entities that refer to those of the table. Both are given by what the database
// calls the reference.
type References struct {
	Fields map[string]Field
	By     map[string]string
}

// Referring returns a Mapping.Refused that tells of references. nameOf finds the name of one
// in an error of the database; more, if it is not nil, says more of other errors. A reference
// of entities to others of their kind is both.
func (r References) Referring(entity string, more func(error, bool) error, nameOf func(error) string) func(error, bool) error {
	return func(err error, removal bool) error {
		name := nameOf(err)
		if by, ok := r.Fields[name]; ok && !removal {
			return constraint.Missing(entity, by, err)
		}
		if by, ok := r.By[name]; ok && removal {
			return constraint.Kept(entity, by, err)
		}
		if more != nil {
			return more(err, removal)
		}
		return err
	}
}

// Kept says more of the error of a removal: see Mapping.
func (t *Table[T, K]) Kept(err error) error { return t.mapping.Refused(err, true) }

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
	return removed, t.Kept(err)
}
