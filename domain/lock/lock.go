// Package lock records the names under which fields are stored and sent, and the
// migrations that created the columns. Names are permanent: the lock is committed with
// the project and only grows, so that existing rows and messages are never misread, and
// every migration can be derived again.
package lock

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// File is the name of the lock in a project.
const File = "outgrow.lock"

// Lock is the recorded names. The zero Lock is that of a new project.
type Lock struct {
	structs map[string]*record // by "order.Order"; enumerations as well
}

// record is the identity of a struct and of its table, or of an enumeration, whose values
// are its fields.
type record struct {
	line    int    // in the file; 0 for a new struct
	was     string // its key before it was moved; "" if it was not
	enum    bool
	table   string // "" if it is not stored
	key     string // the columns of the key, joined by commas; "" for that of ID
	topic   string // "" if it is not an event
	gone    bool
	child   bool // the table of what a list in an entity consists of: its key is the name of the table
	moved   bool // what it consists of was JSON in a column before
	fields  []field
	indexes []Index
	data    []Data
}

// field is the identity of one field.
type field struct {
	name, wire, column string
	typ                string // see typeOf
	table              string // of a list: that of its elements
	since              int    // the version of the migration that made the column; 0 for none
	gone               bool
}

// Table is a table as created by the migrations.
type Table struct {
	Name    string
	Struct  string   // "order.Order"; "" of children
	Root    string   // the table of the entities whose children it has, or ""
	List    string   // the column of the list there
	Moved   bool     // the list was JSON before
	Key     Column   // that of the entities
	Tenant  string   // the column of the tenant whose own the key is, or ""
	Columns []Column // in the order in which they were added
	Indexes []Index
	Data    []Data
}

// keyColumn returns the column of the key.
func (r *record) keyColumn() Column {
	_, name := r.keyColumns()
	f, _ := r.column(name)
	return Column{Name: name, Type: f.typ, Since: f.since}
}

// keyColumns returns the column of the tenant whose own the key is, or "", and that of the key.
func (r *record) keyColumns() (tenant, key string) {
	tenant, key, both := strings.Cut(r.key, ",")
	if !both {
		return "", cmp.Or(r.key, idColumn)
	}
	return tenant, key
}

// Column is one column of a table.
type Column struct {
	Name  string
	Wire  string // the name of the field in JSON
	Type  string // of the field, in one word: string, int64, time?, []string, json for a struct
	Since int    // the version of the migration that makes it
}

// Index is an index of a table, what its rows are held to, or what numbers for them come from.
type Index struct {
	Name    string // given by Tables
	Columns []string
	Since   int
	Prefix  bool   // the last column is a text whose beginning is compared
	Unique  bool   // no two rows are alike in the columns
	Refers  string // the table of the row whose key the column has; "" if it is an index
	// What it was made with, given by Tables.
	Tenant       string // the column of the tenant, or ""
	RefersKey    string // the column of the key in the other table
	RefersTenant string // that of the tenant there, or ""
	RefersOwn    bool   // that key is a tenant's own
	Next         bool   // it is no index, but what numbers for the last column come from
	Until        int    // the version of the migration that drops it; 0 for none
}

// isLike reports whether both have the same columns, in the same way.
func (i Index) isLike(other Index) bool {
	return slices.Equal(i.Columns, other.Columns) && i.Prefix == other.Prefix && i.Unique == other.Unique && i.Refers == other.Refers &&
		i.Next == other.Next
}

// Tables returns all tables sorted by name, including those of removed structs.
func (l *Lock) Tables() []Table {
	var tables []Table
	for _, key := range slices.Sorted(maps.Keys(l.structs)) {
		r := l.structs[key]
		if r.table == "" {
			continue
		}
		t := Table{Name: r.table, Struct: key, Indexes: slices.Clone(r.indexes), Moved: r.moved, Data: r.data, Key: r.keyColumn()}
		t.Tenant, _ = r.keyColumns()
		if r.child {
			t.Struct = ""
			root, list := l.rootOf(key)
			t.Root, t.List, t.Key = root.table, list, root.keyColumn()
			t.Tenant, _ = root.keyColumns()
		}
		for i := range t.Indexes {
			t.Indexes[i].Name = l.indexName(t.Name, t.Indexes[i])
			l.describe(r, &t.Indexes[i])
		}
		for _, f := range r.fields {
			if f.since > 0 {
				t.Columns = append(t.Columns, Column{Name: f.column, Wire: f.wire, Type: kept(f.typ), Since: f.since})
			}
		}
		tables = append(tables, t)
	}
	slices.SortFunc(tables, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	return tables
}
