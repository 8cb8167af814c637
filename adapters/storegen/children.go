package storegen

import (
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

// The columns of a table of children beside theirs. No field has such names.
const (
	tenantColumn   = `"_tenant"`   // the tenant of the entity, if its key is the tenant's own
	rootColumn     = `"_root"`     // the key of the entity
	positionColumn = `"_position"` // in the list, from 1
)

// tableView is the template data for the table of what a list consists of.
type tableView struct {
	Var, Name         string // of the variable, and of the table
	List, Element     string
	Put, Replace, Cut string
}

// lists returns the fields of the entity whose elements have tables of their own.
func (w *writer) lists() []model.Field {
	var lists []model.Field
	for _, f := range w.columns() {
		if f.Table != "" {
			lists = append(lists, f)
		}
	}
	return lists
}

// batches reports whether concurrent inserts are combined in one statement. Entities that refer
// to others of their kind come one after the other: in one statement they could refer to those
// after them.
func (w *writer) batches() bool {
	return w.dialect.batches && len(w.lists()) == 0 && len(w.Entity.OfOwnKind()) == 0
}

// columnOrChildren returns an expression for the column of a field of v.
func (w *writer) columnOrChildren(f model.Field) string {
	if f.Table == "" {
		return w.column(f.Type, "v."+pathOf(f))
	}
	list, element := "&v."+pathOf(f), w.file.Type(f.Type.Elem)
	if f.Type.Name != nil {
		list = "(*[]" + element + ")(" + list + ")"
	}
	var columns []string
	for _, e := range f.Type.Elem.Struct.Fields {
		columns = append(columns, w.column(e.Type, "c."+pathOf(e)))
	}
	var key []string
	for _, f := range w.Entity.Keys() {
		key = append(key, w.column(f.Type, "v."+pathOf(f)))
	}
	return w.kit() + ".Children([]any{" + strings.Join(key, ", ") + "}, " + list + ", " + w.tableVar(f) + ", func(c *" + element + ") []any {\n" +
		"return []any{\n" + strings.Join(columns, ",\n") + ",\n}\n})"
}

// tableVar returns the name of the variable that has the statements of a table of children.
func (w *writer) tableVar(f model.Field) string {
	return strings.ToLower(w.Keeps.Name[:1]) + w.Keeps.Name[1:] + f.Name
}

// tables returns the tables of children.
func (w *writer) tables() []tableView {
	var views []tableView
	for _, f := range w.lists() {
		views = append(views, tableView{
			Var: w.tableVar(f), Name: f.Table, List: f.Name, Element: w.file.Type(f.Type.Elem),
			Put: w.put(f), Replace: w.replace(f),
			Cut: w.cut(f),
		})
	}
	return views
}

// childColumns returns the columns of the elements of a list as written in SQL.
func childColumns(f model.Field, qualified string) []string {
	var columns []string
	for _, e := range f.Type.Elem.Struct.Fields {
		columns = append(columns, qualified+strconv.Quote(e.Column))
	}
	return columns
}

// put returns the statement that inserts children: on Postgres all of an entity.
func (w *writer) put(f model.Field) string {
	var p parameters
	fields := f.Type.Elem.Struct.Fields
	gone, fixed := w.goneOf(f.Gone)
	names := wrap(slices.Concat(childColumns(f, ""), []string{positionColumn}, w.rootColumns())) + gone
	into := "INSERT INTO " + strconv.Quote(f.Table) + " (" + names + ")" + newline
	if !w.dialect.batches {
		values := make([]string, len(fields)+1+len(w.Entity.Keys()))
		for i := range values {
			values[i] = p.next()
		}
		return literal(into + "VALUES (" + wrap(append(values, fixed...)) + ")")
	}
	selected := []string{`"r".*`}
	for _, key := range w.Entity.Keys() {
		selected = append(selected, p.next()+"::"+w.dialect.columnOf(key.Type))
	}
	arrays := make([]string, len(fields))
	for i, e := range fields {
		arrays[i] = p.next() + "::" + w.dialect.columnOf(e.Type) + "[]"
	}
	return literal(into + "SELECT " + strings.Join(append(selected, fixed...), ", ") + " FROM unnest(" + wrap(arrays) + `) WITH ORDINALITY AS "r"`)
}

// cut returns the statement that removes what is behind the end of a list.
func (w *writer) cut(f model.Field) string {
	var p parameters
	text := "DELETE FROM " + strconv.Quote(f.Table) + " WHERE "
	for _, root := range w.rootColumns() {
		text += root + " = " + p.next() + " AND "
	}
	return literal(text + positionColumn + " > " + p.next())
}

// rootColumns returns the columns of the table of a list that have the key of the entity.
func (w *writer) rootColumns() []string { return rootColumns(w.Entity.OwnKeys()) }

func rootColumns(ownKeys bool) []string {
	if ownKeys {
		return []string{tenantColumn, rootColumn}
	}
	return []string{rootColumn}
}

// replace returns what has the statement of put replace what differs.
func (w *writer) replace(f model.Field) string {
	var set, old, now []string
	for _, e := range f.Type.Elem.Struct.Fields {
		column, text := strconv.Quote(e.Column), ""
		if w.dialect.batches && w.dialect.columnOf(e.Type) == w.dialect.json {
			text = "::text" // JSON cannot be compared there
		}
		set = append(set, column+" = excluded."+column)
		old = append(old, strconv.Quote(f.Table)+"."+column+text)
		now = append(now, "excluded."+column+text)
	}
	return literal(" ON CONFLICT (" + strings.Join(w.rootColumns(), ", ") + ", " + positionColumn + ") DO UPDATE" + newline + "SET " + wrap(set) + newline +
		"WHERE (" + wrap(old) + ")" + newline + w.dialect.differs + " (" + wrap(now) + ")")
}

// withChildren returns a statement that selects what another one does, which is of
// entities, and their children: a row for each child, or one for an entity without. The
// rows of an entity follow each other.
func (w *writer) withChildren(statement, keys string) string {
	if len(w.lists()) == 0 {
		return statement
	}
	before, after := w.around()
	if keys != "" {
		table := strconv.Quote(w.Table)
		after += newline + "ORDER BY " + table + "." + strings.ReplaceAll(keys, ", ", ", "+table+".")
	}
	return strings.ReplaceAll(literal(before)+" + "+statement+" + "+literal(after), "` + `", "")
}

// around returns what a statement is between that selects entities, to select their
// children as well.
func (w *writer) around() (before, after string) {
	lists := w.lists()
	table := strconv.Quote(w.Table)
	columns, joins := []string{table + ".*"}, ""
	if len(lists) > 1 { // each row is of one list
		numbers := make([]string, len(lists))
		for i := range lists {
			numbers[i] = "(" + strconv.Itoa(i) + ")"
		}
		joins = newline + "CROSS JOIN (VALUES " + strings.Join(numbers, ", ") + `) AS "list"`
	}
	for i, f := range lists {
		child := strconv.Quote(f.Table)
		columns = append(columns, child+"."+positionColumn)
		columns = append(columns, childColumns(f, child+".")...)
		joins += newline + "LEFT JOIN " + child + " ON "
		for at, root := range w.rootColumns() {
			if at > 0 {
				joins += " AND "
			}
			joins += child + "." + root + " = " + table + "." + strconv.Quote(w.Entity.Keys()[at].Column)
		}
		if len(lists) > 1 {
			joins += ` AND "list"."column1" = ` + strconv.Itoa(i)
		}
	}
	return "SELECT " + wrap(columns) + newline + "FROM (", ") AS " + table + joins
}

// ofElements returns a condition that one of the elements of a list meets another one.
func (w *writer) ofElements(b query.By, p *parameters) string {
	of := b.Of
	b.Of = nil
	key := w.key()
	if w.Entity.OwnKeys() {
		key = "(" + w.keyColumns() + ")"
	}
	return key + " IN (SELECT " + strings.Join(w.rootColumns(), ", ") + " FROM " + strconv.Quote(of.Table) + " WHERE " + w.condition(b, 1, p) + ")"
}
