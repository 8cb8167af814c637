package sqlitestore

import (
	"errors"

	"github.com/mattn/go-sqlite3"

	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// References are the references of a table, by the text with which their triggers refuse a
// change.
type References = sqlstore.References

// Field is a field that has the key of an entity.
type Field = sqlstore.Field

// Referring returns a Mapping.Refused that tells of references, and has more say of others.
func Referring(entity string, r References, more func(error, bool) error) func(error, bool) error {
	return r.Referring(entity, more, func(err error) string {
		if e, ok := errors.AsType[sqlite3.Error](err); ok && e.ExtendedCode == sqlite3.ErrConstraintTrigger {
			return e.Error()
		}
		return ""
	})
}
