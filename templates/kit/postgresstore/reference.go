package postgresstore

import (
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// References are the references of a table, by the names of their constraints.
type References = sqlstore.References

// Field is a field that has the key of an entity.
type Field = sqlstore.Field

// Referring returns a Mapping.Refused that tells of references, and has more say of others.
func Referring(entity string, r References, more func(error, bool) error) func(error, bool) error {
	return r.Referring(entity, more, func(err error) string {
		if e := pq.As(err, pqerror.ForeignKeyViolation); e != nil {
			return e.Constraint
		}
		return ""
	})
}
