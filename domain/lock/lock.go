// Package lock keeps the names under which fields are kept and sent, and the
// migrations that made the columns. Once given, a name stays: the lock is
// committed with the project and only grows, so that neither rows nor messages
// of before are misread, and every migration can be derived from it again.
package lock

import (
	"maps"
	"slices"
	"strings"
)

// File is the name of the lock in a project.
const File = "outgrow.lock"

// Lock is what was given. The zero Lock is that of a new project.
type Lock struct {
	structs map[string]*record // by "order.Order"
}

// record is the identity of a struct, and of the table that it is kept in.
type record struct {
	line    int    // in the file; 0 for one that is new
	table   string // "" where it is not kept
	gone    bool
	fields  []field
	indexes []Index
}

// field is the identity of one field.
type field struct {
	name, wire, column string
	typ                string // see typeOf
	since              int    // the version of the migration that made the column; 0 for none
	gone               bool
}

// Table is a table as the migrations make it.
type Table struct {
	Name    string
	Struct  string   // "order.Order"
	Columns []Column // in the order in which they came
	Indexes []Index
}

// Column is one column of a table.
type Column struct {
	Name  string
	Type  string // of the field, in one word: string, int64, time?, []string, json for a struct
	Since int    // the version of the migration that makes it
}

// Index is an index of a table, by columns.
type Index struct {
	Columns []string
	Since   int
}

// Tables returns all tables, also of what is gone, in the order of their names.
func (l *Lock) Tables() []Table {
	var tables []Table
	for _, key := range slices.Sorted(maps.Keys(l.structs)) {
		r := l.structs[key]
		if r.table == "" {
			continue
		}
		t := Table{Name: r.table, Struct: key, Indexes: r.indexes}
		for _, f := range r.fields {
			if f.since > 0 {
				t.Columns = append(t.Columns, Column{Name: f.column, Type: kept(f.typ), Since: f.since})
			}
		}
		tables = append(tables, t)
	}
	slices.SortFunc(tables, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	return tables
}
