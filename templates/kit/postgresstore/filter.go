package postgresstore

import "github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"

// Selection is a SELECT of entities that is put together from what a filter asks for: see
// FindSelected of Table.
type Selection = sqlstore.Selection
