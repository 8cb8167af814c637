package sqlitestore

import "github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"

// ChildTable is the table of what a list in an entity consists of, its children.
type ChildTable = sqlstore.ChildTable

// Children returns a column that holds how many children an entity has, for use as an
// argument of a change, which keeps them, and as a destination of Scan, which reads them.
// NULL stands for a nil list.
func Children[C any](key []any, list *[]C, table *ChildTable, columns func(*C) []any) any {
	return sqlstore.Children(key, list, table, columns)
}
