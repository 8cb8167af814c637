package sqlstore

import "github.com/outgrowkit/outgrow/templates/kit/internal/constraint"

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
// in an error of the database; more, if it is not nil, says more of other errors.
func (r References) Referring(entity string, more func(error) error, nameOf func(error) string) func(error) error {
	return func(err error) error {
		name := nameOf(err)
		if by, ok := r.Fields[name]; ok {
			return constraint.Missing(entity, by, err)
		}
		if by, ok := r.By[name]; ok {
			return constraint.Kept(entity, by, err)
		}
		if more != nil {
			return more(err)
		}
		return err
	}
}

// Refused says more of the error of a change: see Mapping.
func (t *Table[T, K]) Refused(err error) error { return t.mapping.Refused(err) }
