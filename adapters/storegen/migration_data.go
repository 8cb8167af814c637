package storegen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/lock"
)

// data returns what the migration does with the rows that are there.
func (m migration) data() []lock.Data {
	return slices.DeleteFunc(slices.Clone(m.table.Data), func(d lock.Data) bool { return d.Since != m.version })
}

// doneBy says in a word what is done with rows.
func doneBy(d lock.Data) string {
	if d.Fill {
		return "fill"
	}
	return "only"
}

// changed returns the statements that do it. Both databases tell the name of a CHECK that a
// row breaks, and then nothing is changed.
func (m migration) changed(d lock.Data) string {
	if d.Fill {
		return fmt.Sprintf("UPDATE %q SET %q = %s WHERE %q IS NULL;\n", m.table.Name, d.Column, m.value(d.Column, d.Values[0]), d.Column) + m.required(d.Column, "SET")
	}
	values := make([]string, len(d.Values))
	for i, v := range d.Values {
		values[i] = quoted(v)
	}
	scratch := strconv.Quote(shortened(m.table.Name+"_only_"+d.Column, 63))
	return fmt.Sprintf("-- This fails, and changes nothing, if a row has another value. Which do says\n"+
		"-- SELECT %[2]q, count(*) FROM %[1]q GROUP BY %[2]q;\n"+
		"-- An UPDATE of them can stand here.\n"+
		"CREATE TABLE %[3]s (%[2]q %[4]s CONSTRAINT %[5]q CHECK (%[2]q IN (%[6]s)));\n"+
		"INSERT INTO %[3]s SELECT DISTINCT %[2]q FROM %[1]q;\nDROP TABLE %[3]s;\n",
		m.table.Name, d.Column, scratch, m.dialect.text, shortened(m.table.Name+" has rows with another "+d.Column, 63), strings.Join(values, ", "))
}

// unchanged returns the statements that undo it.
func (m migration) unchanged(d lock.Data) string {
	if d.Fill {
		return m.required(d.Column, "DROP")
	}
	return ""
}

// required returns the statement that makes a column one that must have a value, or no longer
// so. SQLite has none: the column stays as it is.
func (m migration) required(column, how string) string {
	if m.adapter == "sqlite" {
		return ""
	}
	return fmt.Sprintf("ALTER TABLE %q ALTER COLUMN %q %s NOT NULL;\n", m.table.Name, column, how)
}

// value returns a value of a column as it is written in SQL.
func (m migration) value(column, text string) string {
	at := slices.IndexFunc(m.table.Columns, func(c lock.Column) bool { return c.Name == column })
	switch typ := m.table.Columns[at].Type; {
	case m.columnType(typ) == m.dialect.text:
		return quoted(text)
	case typ == "bool" && m.adapter == "sqlite":
		return map[string]string{"true": "1", "false": "0"}[text]
	}
	return text
}

// quoted returns a text as it is written in SQL.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// shortened returns a name of at most so many bytes.
func shortened(name string, most int) string {
	return strings.ToValidUTF8(name[:min(len(name), most)], "")
}
