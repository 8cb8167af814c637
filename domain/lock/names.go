package lock

import (
	"fmt"
	"slices"
	"strings"
)

// kitTables are the tables that every project has in addition to those of its entities.
var kitTables = []string{"outbox", "outbox_lease", "inbox", "dead_letter", "idempotency_key", "goose_db_version"}

// freeTable returns a name for a table that no other table has or had.
func (l *Lock) freeTable(name string) string {
	if strings.HasPrefix(name, "sqlite_") || strings.HasPrefix(name, "pg_") {
		name = "kept_" + name // the databases reserve those prefixes
	}
	taken := slices.Clone(kitTables)
	for _, r := range l.structs {
		taken = append(taken, r.table)
	}
	chosen := name
	for i := 2; slices.Contains(taken, chosen); i++ {
		chosen = fmt.Sprintf("%s_%d", name, i)
	}
	return chosen
}

// systemColumns are the columns that Postgres adds to every table.
var systemColumns = []string{"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}

// columnName returns the name, changed if no column can have it.
func columnName(name string) string {
	if slices.Contains(systemColumns, name) {
		return name + "_"
	}
	return name
}
