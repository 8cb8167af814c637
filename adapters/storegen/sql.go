package storegen

import (
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

// sql returns the statement of a method. Its parameters come in this order: the
// values of the columns, those of the conditions, the ID that a page begins
// after, the limit.
func (w *writer) sql(m method) string {
	table := `"` + w.Table + `"`
	all := w.columnNames()
	var p parameters
	switch m.Kind {
	case query.Insert:
		marks := make([]string, len(all))
		for i := range marks {
			marks[i] = p.next()
		}
		gone, values := w.gone()
		return "INSERT INTO " + table + " (" + wrap(append(all, gone...)) + ")" + newline +
			"VALUES (" + wrap(append(marks, values...)) + ")"
	case query.Update:
		set := make([]string, 0, len(all))
		for _, column := range all[1:] {
			set = append(set, column+" = "+p.next())
		}
		return "UPDATE " + table + " SET " + wrap(set) + newline +
			`WHERE "id" = ` + p.next() + " AND " + w.column("Version") + " = " + p.next()
	case query.Delete:
		return "DELETE FROM " + table + ` WHERE "id" = ` + p.next()
	case query.Count:
		return "SELECT count(*) FROM " + table + " WHERE " + w.conditions(m.By, &p)
	case query.Exists:
		return "SELECT 1 FROM " + table + " WHERE " + w.conditions(m.By, &p) + " LIMIT 1"
	}
	from := "SELECT " + wrap(all) + newline + "FROM " + table + " WHERE "
	switch m.Kind {
	case query.Get:
		return from + `"id" = ` + p.next()
	case query.Find:
		from += w.conditions(m.By, &p) + " AND "
	}
	return from + `"id" > ` + p.next() + ` ORDER BY "id" LIMIT ` + p.next()
}

// parameters counts those of a statement.
type parameters int

// next returns how the next one is written, which both databases understand.
func (p *parameters) next() string {
	*p++
	return "$" + strconv.Itoa(int(*p))
}

func (w *writer) column(field string) string { return `"` + fieldOf(w.Entity, field).Column + `"` }

// columnNames returns the columns as they are written in SQL, the ID first.
func (w *writer) columnNames() []string {
	fields := w.columns()
	quoted := make([]string, len(fields))
	for i, f := range fields {
		quoted[i] = `"` + f.Column + `"`
	}
	return quoted
}

// gone returns the columns of fields that were removed and must have a value, and
// what new rows have there. The columns stay: so do their values in rows of before,
// and what runs in an earlier version meanwhile can read and write them.
func (w *writer) gone() (columns, values []string) {
	for _, c := range w.Gone {
		if !nullable(c.Type) {
			columns, values = append(columns, strconv.Quote(c.Name)), append(values, w.dialect.zero(c.Type))
		}
	}
	return columns, values
}

// conditions returns what selects the rows that a method is by.
func (w *writer) conditions(by []query.By, p *parameters) string {
	texts := 0
	for _, b := range by {
		if isText(b) {
			texts++
		}
	}
	all := make([]string, len(by))
	for i, b := range by {
		all[i] = w.condition(b, texts, p.next())
	}
	return strings.Join(all, " AND ")
}

// condition compares a column, one of the texts among those that are compared if it
// is one. What is in the index is looked for there.
func (w *writer) condition(b query.By, texts int, parameter string) string {
	column := strconv.Quote(b.Field.Column)
	if isText(b) {
		if indexed := w.dialect.indexed(column, texts); indexed != column {
			return w.equal(b, indexed, w.dialect.indexed(parameter, texts)) + " AND " + w.equal(b, column, parameter)
		}
	}
	return w.equal(b, column, parameter)
}

// equal compares two expressions, of which the second is not NULL unless the
// parameter may be.
func (w *writer) equal(b query.By, column, parameter string) string {
	if b.Param.Type.Kind == model.Pointer {
		return w.dialect.same(column, parameter)
	}
	return column + " = " + parameter
}

func isText(b query.By) bool {
	t := b.Field.Type
	if t.Kind == model.Pointer {
		t = t.Elem
	}
	return t.Kind == model.String
}

// newline begins another line of a statement.
const newline = "\n\t\t\t"

// wrap lists words in lines of bearable length.
func wrap(words []string) string {
	var b strings.Builder
	length := 0
	for i, word := range words {
		if i > 0 {
			b.WriteString(", ")
			if length += len(", ") + len(word); length > 80 {
				b.WriteString(newline)
				length = len(word)
			}
		}
		b.WriteString(word)
	}
	return strings.ReplaceAll(b.String(), " \n", "\n")
}
