package postgresstore

import "github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"

// Field is a field that has the key of an entity.
type Field = sqlstore.Field

// Missing returns the error for an entity that refers by a field to one that is not there.
func Missing(entity string, by Field) func(cause error) error { return sqlstore.Missing(entity, by) }

// Kept returns the error for the removal of an entity that another one refers to.
func Kept(entity, by string) func(cause error) error { return sqlstore.Kept(entity, by) }
