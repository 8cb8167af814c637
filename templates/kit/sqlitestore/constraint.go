package sqlitestore

import (
	"errors"
	"strings"

	"github.com/mattn/go-sqlite3"

	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Refusing is migrations of which some are refused while there are rows that they do not
// allow.
type Refusing = sqlstore.Refusing

// Unique returns a Mapping.Refused that names the fields that are unique. They are given by
// their columns, such as "users.tenant, users.email".
func Unique(entity string, fields map[string][]string) func(error, bool) error {
	return sqlstore.Unique(entity, fields, func(err error) string {
		e, ok := errors.AsType[sqlite3.Error](err)
		if !ok {
			return ""
		}
		return strings.TrimPrefix(e.Error(), "UNIQUE constraint failed: ")
	})
}
