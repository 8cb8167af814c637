package storegen

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Migrations derives the migrations that make the tables in every store of the
// project: for each version of a table a file, the same each time.
func Migrations(p model.Project, tables []lock.Table) ([]plan.File, error) {
	var files []plan.File
	for _, adapter := range p.Adapters["store"] {
		for _, t := range tables {
			for i, version := range versions(t) {
				m := migration{
					dialect: dialectOf(adapter), table: t, version: version, first: i == 0, entity: entityOf(p, t.Name),
				}
				files = append(files, plan.File{
					Path: fmt.Sprintf("adapters/%s/migrations/%05d_%s.sql", adapter, version, m.name()),
					Data: []byte(m.text()),
				})
			}
		}
	}
	return files, nil
}

// versions returns the versions of the table's migrations, the first one first.
func versions(t lock.Table) []int {
	set := map[int]bool{}
	for _, c := range t.Columns {
		set[c.Since] = true
	}
	for _, i := range t.Indexes {
		set[i.Since] = true
		if i.Until > 0 {
			set[i.Until] = true
		}
	}
	for _, d := range t.Data {
		set[d.Since] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// entityOf returns the entity of the table, or nil.
func entityOf(p model.Project, table string) *model.Struct {
	for _, s := range p.Services {
		if s.Table == table {
			return s.Entity
		}
		if s.Entity != nil && s.Keeps != nil {
			for _, f := range s.Entity.Fields {
				if f.Table == table {
					return f.Type.Elem.Struct
				}
			}
		}
	}
	return nil
}

// migration creates a table or adds to it.
type migration struct {
	*dialect
	table   lock.Table
	version int
	first   bool          // it makes the table
	entity  *model.Struct // nil if it is gone
}

func (m migration) columns() []lock.Column {
	return slices.DeleteFunc(slices.Clone(m.table.Columns), func(c lock.Column) bool { return c.Since != m.version })
}

func (m migration) indexes() []lock.Index {
	return slices.DeleteFunc(slices.Clone(m.table.Indexes), func(i lock.Index) bool { return i.Since != m.version })
}

// name returns what the file is called after its version: "orders",
// "orders_add_due_at", "orders_by_status".
func (m migration) name() string {
	if m.first {
		return m.table.Name
	}
	if columns := m.columns(); len(columns) > 0 {
		return m.table.Name + "_add_" + columns[0].Name
	}
	if data := m.data(); len(data) > 0 && len(m.indexes())+len(m.dropped()) == 0 {
		return m.table.Name + "_" + doneBy(data[0]) + "_" + data[0].Column
	}
	name := m.indexesName()
	return strings.ToValidUTF8(name[:min(len(name), longestName)], "")
}

// longestName is how much of a file's name says what a migration does, in bytes: file
// systems allow 255.
const longestName = 200

// text returns the text of the migration. Two branches may each add the same index.
func (m migration) text() string {
	var b strings.Builder
	b.WriteString("-- +goose Up\n")
	if m.first {
		lines := make([]string, 0, len(m.table.Columns))
		for _, c := range m.columns() {
			lines = append(lines, "    "+m.definition(c))
		}
		lines = append(append(lines, m.ofTenant()...), m.ofRoot()...)
		fmt.Fprintf(&b, "CREATE TABLE %q (\n%s\n)%s;\n", m.table.Name, strings.Join(lines, ",\n"), m.suffix)
		if m.table.Moved {
			b.WriteString(m.move())
		}
	} else {
		for _, c := range m.columns() {
			fmt.Fprintf(&b, "-- Existing rows have %s here.\n", m.fallback(c))
			fmt.Fprintf(&b, "ALTER TABLE %q ADD COLUMN %s;\n", m.table.Name, m.addition(c))
		}
	}
	for _, d := range m.data() {
		b.WriteString(m.changed(d))
	}
	for _, i := range m.dropped() {
		b.WriteString(m.dropIndex(i))
	}
	for _, i := range m.indexes() {
		b.WriteString(m.refusal(i) + m.createIndex(i))
	}
	b.WriteString("\n-- +goose Down\n" + m.down())
	return b.String()
}

// down returns the statements that undo the migration.
func (m migration) down() string {
	if m.first && m.table.Root != "" {
		return fmt.Sprintf("UPDATE %q SET %q = '[]' WHERE %[2]q IS NOT NULL;\nDROP TABLE %[3]q;\n", m.table.Root, m.table.List, m.table.Name)
	}
	var b strings.Builder
	if m.first {
		for _, i := range m.indexes() {
			if i.Next { // it would stay
				b.WriteString(m.dropNext(i))
			}
		}
		fmt.Fprintf(&b, "DROP TABLE %q;\n", m.table.Name)
		return b.String()
	}
	for _, i := range m.indexes() {
		b.WriteString(m.dropIndex(i))
	}
	for _, i := range m.dropped() {
		b.WriteString(m.createIndex(i))
	}
	for _, d := range m.data() {
		b.WriteString(m.unchanged(d))
	}
	for _, c := range m.columns() {
		fmt.Fprintf(&b, "ALTER TABLE %q DROP COLUMN %q;\n", m.table.Name, c.Name)
	}
	return b.String()
}

// definition returns the definition of a column in a new table.
func (m migration) definition(c lock.Column) string {
	text := fmt.Sprintf("%q %s", c.Name, m.columnType(c.Type))
	if !nullable(c.Type) {
		text += " NOT NULL"
	}
	if m.table.Root != "" || c.Name != m.table.Key.Name {
		return text
	}
	text = fmt.Sprintf("%q %s NOT NULL", c.Name, m.keyType())
	if m.table.Tenant == "" {
		text += " PRIMARY KEY"
	}
	return text
}

// ofTenant returns the line of a table whose keys are those of tenants.
func (m migration) ofTenant() []string {
	if m.table.Root != "" || m.table.Tenant == "" {
		return nil
	}
	return []string{fmt.Sprintf("    PRIMARY KEY (%q, %q)", m.table.Tenant, m.table.Key.Name)}
}

// keyType returns the type of the column of a key. Texts are in the order of their bytes.
func (m migration) keyType() string {
	typ := m.columnType(m.table.Key.Type)
	if typ == m.dialect.text {
		typ += m.bytes
	}
	return typ
}

// addition returns the definition of a column that is added to a table.
func (m migration) addition(c lock.Column) string {
	text := m.definition(c)
	if nullable(c.Type) {
		return text
	}
	return text + " DEFAULT " + m.fallback(c)
}

// fallback returns the value of existing rows in a new column: NULL if allowed, the first
// value of an enumeration, or the equivalent of Go's zero value.
func (m migration) fallback(c lock.Column) string {
	if nullable(c.Type) {
		return "NULL"
	}
	if m.entity != nil {
		for _, f := range m.entity.Fields {
			if f.Column == c.Name && len(f.Type.Values) > 0 {
				return "'" + strings.ReplaceAll(f.Type.Values[0].Text, "'", "''") + "'"
			}
		}
	}
	return m.zero(c.Type)
}

// zero returns the equivalent of Go's zero value in the column of a field of the type.
func (d *dialect) zero(typ string) string {
	if typ == "json" {
		return "'{}'"
	}
	return d.nothing[d.columnType(typ)]
}

// columnType returns the type of the column of a field, given the type in the lock. Lists,
// maps and structs are JSON.
func (d *dialect) columnType(typ string) string {
	typ = strings.TrimSuffix(typ, "?")
	if typ == "json" || strings.HasPrefix(typ, "[") || strings.HasPrefix(typ, "map[") {
		return d.json
	}
	if kept, ok := d.types[model.Kind(strings.TrimRight(typ, "0123456789"))]; ok {
		return kept
	}
	return d.text
}

// nullable reports whether a field of the type may be absent.
func nullable(typ string) bool {
	return strings.HasSuffix(typ, "?") || strings.HasPrefix(typ, "[") || strings.HasPrefix(typ, "map[") || typ == "bytes"
}

// indexed returns the expressions in an index: its columns and the key, by which pages are
// continued.
func (m migration) indexed(i lock.Index) string {
	isText := func(column string) bool {
		if column == i.Tenant {
			return false // it is indexed as a whole
		}
		at := slices.IndexFunc(m.table.Columns, func(c lock.Column) bool { return c.Name == column })
		return at >= 0 && m.columnType(m.table.Columns[at].Type) == m.dialect.text
	}
	if i.Unique {
		return m.uniquely(i, isText)
	}
	texts := countOf(i.Columns, isText)
	entries := make([]string, 0, len(i.Columns)+1)
	for at, column := range i.Columns {
		entry := strconv.Quote(column)
		if isText(column) {
			entry = m.dialect.indexed(entry, texts)
		}
		if i.Prefix && at == len(i.Columns)-1 {
			entry += m.bytewise
		}
		entries = append(entries, entry)
	}
	if m.table.Root != "" {
		return strings.Join(append(entries, rootColumns(m.table.Tenant != "")...), ", ")
	}
	if !slices.Contains(i.Columns, m.table.Key.Name) {
		entries = append(entries, strconv.Quote(m.table.Key.Name))
	}
	return strings.Join(entries, ", ")
}
