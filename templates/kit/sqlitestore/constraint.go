package sqlitestore

import (
	"context"
	"errors"
	"strings"

	"github.com/mattn/go-sqlite3"

	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Refusing is migrations of which some are refused while there are rows that they do not
// allow.
type Refusing = sqlstore.Refusing

// Constraints are what the rows of a table are held to. What is unique is called by its columns,
// such as "users.tenant, users.email", and a reference by the text with which its triggers refuse a
// change.
type Constraints[T any] = sqlstore.Constraints[T]

// Taken returns the error for an entity that is like another one in the fields.
func Taken(entity string, fields ...string) func(cause error) error {
	return sqlstore.Taken(entity, fields...)
}

// Refused returns a Mapping.Refused that tells of the first constraint that is broken.
func Refused[T any](db *DB, c Constraints[T]) func(context.Context, *T, bool, error) error {
	return c.Refused(db.preparer, func(err error) string {
		if e, ok := errors.AsType[sqlite3.Error](err); ok {
			return strings.TrimPrefix(e.Error(), "UNIQUE constraint failed: ")
		}
		return ""
	})
}
