package postgresstore

import (
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Refusing is migrations of which some are refused while there are rows that they do not
// allow.
type Refusing = sqlstore.Refusing

// Unique returns a Mapping.Refused that names the fields that are unique. They are given by
// the name of their index.
func Unique(entity string, fields map[string][]string) func(error, bool) error {
	return sqlstore.Unique(entity, fields, func(err error) string {
		if e := pq.As(err, pqerror.UniqueViolation); e != nil {
			return e.Constraint
		}
		return ""
	})
}
