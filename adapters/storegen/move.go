package storegen

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
)

// ofRoot returns the lines of a table of children that are of their entity.
func (m migration) ofRoot() []string {
	if m.table.Root == "" {
		return nil
	}
	lines, root := []string{
		fmt.Sprintf("    %s %s NOT NULL", rootColumn, m.keyType()),
		fmt.Sprintf("    %s %s NOT NULL", positionColumn, m.types[model.Int]),
	}, strings.Join(rootColumns(m.table.Tenant != ""), ", ")
	if m.table.Tenant != "" {
		lines = append([]string{fmt.Sprintf("    %s %s NOT NULL", tenantColumn, m.dialect.text)}, lines...)
	}
	return append(lines,
		fmt.Sprintf("    PRIMARY KEY (%s, %s)", root, positionColumn),
		fmt.Sprintf("    FOREIGN KEY (%s) REFERENCES %q (%s) ON DELETE CASCADE", root, m.table.Root, strings.Join(m.rootKeys(""), ", ")))
}

// rootKeys returns the columns of the key of the entities as written in SQL, each after what tells
// their table.
func (m migration) rootKeys(of string) []string {
	key := []string{of + strconv.Quote(m.table.Key.Name)}
	if m.table.Tenant != "" {
		key = append([]string{of + strconv.Quote(m.table.Tenant)}, key...)
	}
	return key
}

// move returns the statements that move what was JSON in a column to a table, and leave in
// its place how many there were.
func (m migration) move() string {
	var names, values []string
	for _, c := range m.columns() {
		names = append(names, strconv.Quote(c.Name))
		values = append(values, m.read(c))
	}
	names = append(append(names, rootColumns(m.table.Tenant != "")...), positionColumn)
	values = append(append(values, m.rootKeys(`"root".`)...), m.element.position)
	list := `"root".` + strconv.Quote(m.table.List)
	return fmt.Sprintf("INSERT INTO %q (%s)\n    SELECT %s\n    FROM %q AS \"root\", %s;\nUPDATE %[4]q SET %[6]q = %s WHERE %[6]q IS NOT NULL;\n",
		m.table.Name, strings.Join(names, ", "), strings.Join(values, ",\n        "), m.table.Root, fmt.Sprintf(m.element.each, list),
		m.table.List, fmt.Sprintf(m.element.count, strconv.Quote(m.table.List)))
}

// elements is how a database reads a list of JSON objects.
type elements struct {
	each     string // what stands after FROM for the elements "c" of the list
	position string // from 1
	count    string // of the elements of a column, as JSON
	member   string // of an element, as text or a number
	json     string // of an element, as JSON
	// of are conversions of a member, by the kinds of fields.
	of map[model.Kind]string
}

// read returns an expression for a field of an element.
func (m migration) read(c lock.Column) string {
	typ := strings.TrimSuffix(c.Type, "?")
	path := strings.ReplaceAll(c.Wire, "'", "''")
	if typ == "json" || strings.HasPrefix(typ, "[") || strings.HasPrefix(typ, "map[") {
		return m.orZero(c, fmt.Sprintf(m.element.json, path))
	}
	member := fmt.Sprintf(m.element.member, path)
	if convert, ok := m.element.of[model.Kind(strings.TrimRight(typ, "0123456789"))]; ok {
		member = strings.ReplaceAll(convert, "?", member)
	}
	return m.orZero(c, member)
}

// orZero returns an expression that has Go's zero value where a member is missing.
func (m migration) orZero(c lock.Column, expression string) string {
	if nullable(c.Type) {
		return expression
	}
	zero := m.zero(c.Type)
	if c.Type == "time" {
		zero = m.element.of["zero"]
	}
	return "coalesce(" + expression + ", " + zero + ")"
}
