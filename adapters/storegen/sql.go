package storegen

import (
	"fmt"
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
	switch m.Kind {
	case query.Insert:
		marks := strings.Repeat("?, ", len(all)-1) + "?"
		return "INSERT INTO " + table + " (" + wrap(all, ", ") + ")" + newline + "VALUES (" + marks + ")"
	case query.Update:
		set := make([]string, 0, len(all))
		for _, column := range all[1:] {
			set = append(set, column+" = ?")
		}
		return "UPDATE " + table + " SET " + wrap(set, ", ") + newline + `WHERE "id" = ? AND ` + w.column("Version") + " = ?"
	case query.Delete:
		return "DELETE FROM " + table + ` WHERE "id" = ?`
	case query.Count:
		return "SELECT count(*) FROM " + table + " WHERE " + conditions(m.By)
	case query.Exists:
		return "SELECT 1 FROM " + table + " WHERE " + conditions(m.By) + " LIMIT 1"
	}
	from := "SELECT " + wrap(all, ", ") + newline + "FROM " + table + " WHERE "
	switch m.Kind {
	case query.Get:
		return from + `"id" = ?`
	case query.Find:
		from += conditions(m.By) + " AND "
	}
	return from + `"id" > ? ORDER BY "id" LIMIT ?`
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

// conditions returns what selects the rows that a method is by. IS is = that is
// also true of NULL and NULL.
func conditions(by []query.By) string {
	all := make([]string, len(by))
	for i, b := range by {
		operator := "="
		if b.Param.Type.Kind == model.Pointer {
			operator = "IS"
		}
		all[i] = fmt.Sprintf("%q %s ?", b.Field.Column, operator)
	}
	return strings.Join(all, " AND ")
}

// newline begins another line of a statement.
const newline = "\n\t\t\t"

// wrap joins words, in lines of bearable length.
func wrap(words []string, separator string) string {
	var b strings.Builder
	length := 0
	for i, word := range words {
		if i > 0 {
			b.WriteString(separator)
			if length += len(separator) + len(word); length > 80 {
				b.WriteString(newline)
				length = len(word)
			}
		}
		b.WriteString(word)
	}
	return strings.ReplaceAll(b.String(), " \n", "\n")
}
