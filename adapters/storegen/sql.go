package storegen

import (
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

// sql returns the statement of a method as a Go expression. Its parameters are the values
// of the columns, the tenant, those of the conditions, the key after which a page begins, and
// the limit, in this order.
func (w *writer) sql(kind query.Kind, by []query.By) string {
	table := `"` + w.Table + `"`
	var p parameters
	switch kind {
	case query.Insert:
		values := make([]string, len(w.columns()))
		for i := range values {
			values[i] = p.next()
		}
		columns, fixed := w.gone()
		return literal("INSERT INTO "+table+" (", w.allColumns(), columns+")"+newline+"VALUES ("+wrap(append(values, fixed...))+")")
	case query.Update:
		fields := w.columns()[1:]
		set := make([]string, len(fields))
		for i, f := range fields {
			set[i] = strconv.Quote(f.Column) + " = " + p.next()
		}
		where := newline + "WHERE " + w.ofTenant(&p) + w.key() + " = " + p.next()
		if version, ok := w.Entity.Version(); ok {
			where += " AND " + strconv.Quote(version.Column) + " = " + p.next()
		}
		if len(set) == 0 {
			set = []string{w.key() + " = " + w.key()}
		}
		return literal("UPDATE " + table + " SET " + wrap(set) + where)
	case query.Delete:
		return literal("DELETE FROM " + table + " WHERE " + w.ofTenant(&p) + w.key() + " = " + p.next())
	case query.Count:
		return literal("SELECT count(*) FROM " + table + " WHERE " + w.conditions(by, &p))
	case query.Exists:
		return literal("SELECT 1 FROM " + table + " WHERE " + w.conditions(by, &p) + " LIMIT 1")
	case query.Get:
		return w.withChildren(literal("SELECT ", w.allColumns(), " FROM "+table+" WHERE "+w.ofTenant(&p)+w.key()+" = "+p.next()), "")
	}
	where := " FROM " + table + " WHERE "
	if kind == query.Find || kind == query.All {
		where = newline + "FROM " + table + " WHERE " + w.conditions(by, &p) + newline + "AND "
	} else {
		where += w.ofTenant(&p)
	}
	return w.withChildren(literal("SELECT ", w.allColumns(), where+w.key()+" > "+p.next()+" ORDER BY "+w.key()+" LIMIT "+p.next()), w.key())
}

// insertMany returns the statement that inserts any number of rows, whose columns are
// arrays.
func (w *writer) insertMany() string {
	var p parameters
	arrays := make([]string, len(w.columns()))
	for i, f := range w.columns() {
		arrays[i] = p.next() + "::" + w.dialect.columnOf(f.Type) + "[]"
	}
	columns, fixed := w.gone()
	selected := strings.Join(append([]string{`"r".*`}, fixed...), ", ")
	return literal(`INSERT INTO "`+w.Table+`" (`, w.allColumns(), columns+")"+newline+
		"SELECT "+selected+" FROM unnest("+wrap(arrays)+`) AS "r"`)
}

// literal returns an expression for the text. Every other part is the name of a constant.
func literal(parts ...string) string {
	for i := range parts {
		if i%2 == 0 {
			parts[i] = "`" + parts[i] + "`"
		}
	}
	return strings.Join(parts, " + ")
}

// allColumns returns the name of the constant with all columns.
func (w *writer) allColumns() string {
	name := w.Keeps.Name
	return strings.ToLower(name[:1]) + name[1:] + "Columns"
}

// parameters counts the parameters of a statement.
type parameters int

// next returns the next parameter in a form that both databases understand.
func (p *parameters) next() string {
	*p++
	return "$" + strconv.Itoa(int(*p))
}

// columnNames returns the columns as written in SQL, with the key first.
func (w *writer) columnNames() string {
	fields := w.columns()
	quoted := make([]string, len(fields))
	for i, f := range fields {
		quoted[i] = strconv.Quote(f.Column)
	}
	return wrapAt(quoted, "\n\t")
}

// gone appends the columns of removed fields that must have a value, and the values of new
// rows. The columns stay, with their values in existing rows, so that an earlier version
// that is running at the same time can read and write them.
func (w *writer) gone() (columns string, values []string) { return w.goneOf(w.Gone) }

func (w *writer) goneOf(gone []model.Column) (columns string, values []string) {
	for _, c := range gone {
		if !nullable(c.Type) {
			columns += ", " + strconv.Quote(c.Name)
			values = append(values, w.dialect.zero(c.Type))
		}
	}
	return columns, values
}

// ofTenant returns what comes before other conditions to select the rows of the tenant, or "".
func (w *writer) ofTenant(p *parameters) string {
	tenant, ok := w.Entity.OfTenant()
	if !ok {
		return ""
	}
	return strconv.Quote(tenant.Column) + " = " + p.next() + " AND "
}

// where returns the condition that selects the rows of a method with the word before it, or ""
// if it selects all.
func (w *writer) where(by []query.By, p *parameters) string {
	if len(by) > 0 {
		return " WHERE " + w.conditions(by, p)
	}
	if tenant := strings.TrimSuffix(w.ofTenant(p), " AND "); tenant != "" {
		return " WHERE " + tenant
	}
	return ""
}

// conditions returns the condition that selects the rows of a method. Each alternative has all
// that an index begins with.
func (w *writer) conditions(by []query.By, p *parameters) string {
	tenant := w.ofTenant(p)
	alternatives := query.Query{By: by}.Alternatives()
	all := make([]string, len(alternatives))
	for i, conditions := range alternatives {
		all[i] = tenant + w.together(conditions, p)
	}
	if len(all) == 1 {
		return all[0]
	}
	return "(" + strings.Join(all, " OR ") + ")"
}

// together returns the condition of one alternative.
func (w *writer) together(by []query.By, p *parameters) string {
	texts := 0
	for _, b := range by {
		if b.Of == nil && isText(b) {
			texts++
		}
	}
	all := make([]string, len(by))
	for i, b := range by {
		all[i] = w.condition(b, texts, p)
	}
	return strings.Join(all, " AND ")
}

// condition compares a column, which may be one of several texts. It also compares the
// indexed expression, so that the index is used.
func (w *writer) condition(b query.By, texts int, p *parameters) string {
	if b.Of != nil {
		return w.ofElements(b, p)
	}
	column, parameter := strconv.Quote(b.Field.Column), p.next()
	switch b.Operator {
	case query.Between:
		return column + " BETWEEN " + parameter + " AND " + p.next()
	case query.GreaterThan, query.After:
		return column + " > " + parameter
	case query.LessThan, query.Before:
		return column + " < " + parameter
	case query.StartingWith:
		return w.dialect.starts(column, parameter, texts)
	case query.In:
		return w.dialect.in(column, parameter, w.dialect.columnOf(b.Field.Type), texts)
	}
	if isText(b) {
		if indexed := w.dialect.indexed(column, texts); indexed != column {
			return w.equal(b, indexed, w.dialect.indexed(parameter, texts)) + " AND " + w.equal(b, column, parameter)
		}
	}
	return w.equal(b, column, parameter)
}

// equal compares two expressions. The second one is NULL only if the parameter may be.
func (w *writer) equal(b query.By, column, parameter string) string {
	if b.Param.Type.Kind == model.Pointer {
		return w.dialect.same(column, parameter)
	}
	return column + " = " + parameter
}

func isText(b query.By) bool {
	return b.Field.Type.Value().Kind == model.String
}

// newline begins a new line of a statement.
const newline = "\n\t\t\t"

// wrap lists words in lines of moderate length.
func wrap(words []string) string { return wrapAt(words, newline) }

func wrapAt(words []string, newline string) string {
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
