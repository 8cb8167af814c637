package storegen

import (
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

// statements returns the statements of a method as Go expressions: none if the table has
// it or it is put together for each call, and two if it is of pages in an order, the first
// page and what comes after an entity.
func (w *writer) statements(m method) []string {
	switch {
	case m.Kind == query.Filtered, m.Kind == query.InsertMany && !w.batches():
		return nil
	case m.Kind == query.InsertMany:
		return []string{w.insertMany()}
	case m.Kind == query.Next:
		return []string{w.next(m.Next)}
	case m.Kind == query.Upsert:
		return []string{w.upsert()}
	case m.Kind == query.GetMany:
		var p parameters
		return []string{w.selects(w.ofTenant(&p)+w.dialect.in(w.key(), p.next(), w.dialect.columnOf(w.Entity.Key().Type), 0), " ORDER BY "+w.key(), nil)}
	case m.Kind == query.Find && m.Order != nil:
		return w.sorted(m.Query)
	case len(m.By) == 0 && m.Kind != query.Count && m.Kind != query.Per:
		return nil
	case m.IsPlain():
		return []string{w.sql(m.Kind, m.By)}
	}
	return []string{w.compares(m.Query)}
}

// compares returns the statement of a method that compares fields, and has one result or
// pages in the order of keys.
func (w *writer) compares(q query.Query) string {
	where := w.where(q.By, new(parameters))
	table := strconv.Quote(w.Table)
	sum := "coalesce(sum(" + strconv.Quote(q.Sum.Column) + "), 0)" // Postgres adds up in numbers of any size
	switch q.Kind {
	case query.First:
		return w.selects(strings.TrimPrefix(where, " WHERE "), newline+"ORDER BY "+w.keysOf(q.Order)+" LIMIT 1", q.Order)
	case query.Remove:
		return w.removes(where)
	case query.Sum:
		return literal("SELECT " + sum + newline + "FROM " + table + where)
	case query.Per:
		per, number := strconv.Quote(q.Per.Column), "count(*)"
		if q.Sum.Name != "" {
			number = sum
		}
		return literal("SELECT " + per + ", " + number + newline + "FROM " + table + where + " GROUP BY " + per)
	case query.Count:
		return literal("SELECT count(*) FROM " + table + where)
	}
	return w.sql(q.Kind, q.By)
}

// selects returns a statement that selects all columns of the rows with a condition, which
// may be empty, in an order.
func (w *writer) selects(condition, rest string, order *query.Order) string {
	if condition != "" {
		condition = " WHERE " + condition
	}
	return w.withChildren(literal("SELECT ", w.allColumns(), newline+"FROM "+strconv.Quote(w.Table)+condition+rest), w.keysOf(order))
}

// sorted returns the statements of a method of pages in an order.
func (w *writer) sorted(q query.Query) []string {
	var p parameters
	condition := strings.TrimPrefix(w.where(q.By, &p), " WHERE ")
	order, next := newline+"ORDER BY "+w.keysOf(q.Order)+" LIMIT ", p
	first := w.selects(condition, order+p.next(), q.Order)
	after, isAfter := strings.ReplaceAll(w.keysOf(q.Order), " DESC", ""), " > "
	if q.Order.Desc {
		isAfter = " < "
	}
	if condition != "" {
		condition += newline + "AND "
	}
	condition += "(" + after + ")" + isAfter + "(SELECT " + after + " FROM " + strconv.Quote(w.Table) +
		" WHERE " + w.ofTenant(new(parameters)) + w.key() + " = " + next.next() + ")" // the tenant is the first parameter
	return []string{first, w.selects(condition, order+next.next(), q.Order)}
}

// keysOf returns by what an order sorts, nil being that of keys.
func (w *writer) keysOf(o *query.Order) string {
	var columns []string
	desc := ""
	if o != nil {
		if !w.Entity.IsKey(o.Field) {
			columns = append(columns, strconv.Quote(o.Field.Column))
		}
		if o.Desc {
			desc = " DESC"
		}
	}
	return strings.Join(append(columns, w.key()), desc+", ") + desc
}

// upsert returns the statement that inserts a row, or replaces the one that there is, whose
// version it goes on from.
func (w *writer) upsert() string {
	fields := w.columns()[1:]
	set := make([]string, len(fields))
	for i, f := range fields {
		column := strconv.Quote(f.Column)
		set[i] = column + " = excluded." + column
		if f.Name == "Version" {
			set[i] = column + " = " + strconv.Quote(w.Table) + "." + column + " + 1"
		}
	}
	insert := w.sql(query.Insert, nil)
	if len(set) == 0 {
		set = []string{w.key() + " = excluded." + w.key()}
	}
	where := ""
	if tenant, ok := w.Entity.OfTenant(); ok && !w.Entity.OwnKeys() { // another one keeps its own
		column := strconv.Quote(tenant.Column)
		where = newline + "WHERE " + strconv.Quote(w.Table) + "." + column + " = excluded." + column
	}
	return strings.TrimSuffix(insert, "`") + newline + "ON CONFLICT (" + w.keyColumns() + ") DO UPDATE SET " + wrap(set) + where + "`"
}

// order returns an expression for a function that compares the entities a and b, nil for
// the order of keys, and whether the order is reversed.
func (w *writer) order(o *query.Order) string {
	if o == nil || w.Entity.IsKey(o.Field) {
		return "nil, " + strconv.FormatBool(o != nil && o.Desc)
	}
	a, b := "a."+pathOf(o.Field), "b."+pathOf(o.Field)
	compared := comparison(w.file, o.Field.Type, a, b)
	if o.Field.Type.Kind == model.Pointer {
		compared = w.kit() + ".ComparePointers(" + a + ", " + b + ", " + comparer(w.file, o.Field.Type.Elem) + ")"
	}
	typ := w.file.Qualified(w.Entity.Name, w.Entity.Name.Name)
	return "func(a, b *" + typ + ") int { return " + compared + " }, " + strconv.FormatBool(o.Desc)
}

// comparison returns an expression that compares two values.
func comparison(f *gofile.File, t *model.Type, a, b string) string {
	switch t.Kind {
	case model.Time:
		return a + ".Compare(" + b + ")"
	case model.UUID:
		return f.Std("bytes") + ".Compare(" + a + "[:], " + b + "[:])"
	}
	return f.Std("cmp") + ".Compare(" + a + ", " + b + ")"
}

// plain returns an expression for a text without its name.
func plain(t *model.Type, text string) string {
	if t.Name != nil {
		return "string(" + text + ")"
	}
	return text
}

// comparer returns an expression for a function that compares values of the type.
func comparer(f *gofile.File, t *model.Type) string {
	if t.Kind == model.Time {
		return f.Std("time") + ".Time.Compare"
	}
	return f.Std("cmp") + ".Compare[" + f.Type(t) + "]"
}

// matchAll returns an expression for whether the fields of v are as the parameters say, of
// which each condition has one or two. equal is one for a field that equals a parameter.
func matchAll(f *gofile.File, by []query.By, params [][]string, equal func(b query.By, param string) string) string {
	var text strings.Builder
	for i, b := range by {
		switch {
		case b.Or:
			text.WriteString(" || ")
		case i > 0:
			text.WriteString(" && ")
		}
		of := b.Of
		if of != nil {
			text.WriteString(f.Std("slices") + ".ContainsFunc(v." + pathOf(*of) + ", func(v " + f.Type(of.Type.Elem) + ") bool { return ")
		}
		if b.Operator == query.Equal {
			text.WriteString(equal(b, params[i][0]))
		} else {
			text.WriteString(match(f, b, params[i]))
		}
		if of != nil {
			text.WriteString(" })")
		}
	}
	return text.String()
}

// match returns an expression for whether the field of v is in a range or a list.
func match(f *gofile.File, b query.By, params []string) string {
	at, there := "v."+pathOf(b.Field), ""
	t := b.Field.Type
	if t.Kind == model.Pointer {
		t, there = t.Elem, at+" != nil && "
		if t.Kind != model.Time || b.Operator == query.In {
			at = "*" + at
		}
	}
	isTime := t.Kind == model.Time
	switch b.Operator {
	case query.StartingWith:
		return there + f.Std("strings") + ".HasPrefix(" + plain(t, at) + ", " + plain(t, params[0]) + ")"
	case query.In:
		if isTime {
			return there + f.Std("slices") + ".ContainsFunc(" + params[0] + ", (" + at + ").Equal)"
		}
		return there + f.Std("slices") + ".Contains(" + params[0] + ", " + at + ")"
	case query.Between:
		if isTime {
			return there + "!" + at + ".Before(" + params[0] + ") && !" + at + ".After(" + params[1] + ")"
		}
		return there + at + " >= " + params[0] + " && " + at + " <= " + params[1]
	case query.GreaterThan:
		return there + at + " > " + params[0]
	case query.LessThan:
		return there + at + " < " + params[0]
	}
	return there + at + "." + string(b.Operator) + "(" + params[0] + ")" // Before and After of a time
}
