package storegen

import (
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// firstWriter writes the statement that tells which constraint a row breaks first.
type firstWriter struct {
	*writer
	params parameters
	fields []model.Field // those that it has parameters for, after the key of a new entity
}

// lineOfFirst begins a new line of the statement.
const lineOfFirst = "\n\t"

// addFirst adds the statement that tells which constraint an entity breaks first, and the pointers
// to its parameters: databases look at constraints in an order of their own.
func (w *writer) addFirst(v *storeView) {
	if len(w.Entity.Unique)+len(w.Entity.References) == 0 {
		return
	}
	table, f := strconv.Quote(w.Table), firstWriter{writer: w}
	cases := []string{"WHEN EXISTS (SELECT 1 FROM " + table + " WHERE " + f.isKey() + ") THEN ''"}
	for i, u := range w.Entity.Unique {
		cases = append(cases, "WHEN EXISTS (SELECT 1 FROM "+table+" WHERE "+f.alike(u)+")"+lineOfFirst+"THEN "+quoted(v.Unique[i].Index))
	}
	for _, r := range w.Entity.References {
		cases = append(cases, "WHEN "+f.missing(r)+lineOfFirst+"THEN "+quoted(r.Constraint))
	}
	v.First, v.FirstName = literal("SELECT CASE "+strings.Join(cases, lineOfFirst)+" END"), strings.TrimSuffix(w.allColumns(), "Columns")+"First"
	for _, field := range append([]model.Field{w.Entity.Key()}, f.fields...) {
		v.FirstArgs = append(v.FirstArgs, w.column(field.Type, "v."+pathOf(field)))
	}
}

// isKey returns the condition that selects the row with the key, the first parameter.
func (w *firstWriter) isKey() string {
	condition := w.key() + " = " + w.params.next()
	if tenant, ok := w.Entity.OfTenant(); ok && w.Entity.OwnKeys() {
		condition += " AND " + strconv.Quote(tenant.Column) + " = " + w.parameter(tenant)
	}
	return condition
}

// parameter returns the parameter for the column of a field. SQLite counts parameters in the order
// in which they occur.
func (w *firstWriter) parameter(f model.Field) string {
	at := slices.IndexFunc(w.fields, func(other model.Field) bool { return other.Name == f.Name })
	if at < 0 {
		w.fields = append(w.fields, f)
		return w.params.next()
	}
	p := w.params - parameters(len(w.fields)-at)
	return p.next()
}

// alike returns the condition that selects other rows that are like the entity in what is unique, by
// the index of that.
func (w *firstWriter) alike(u model.Unique) string {
	names := u.Fields
	if w.Entity.Tenant != "" {
		names = append([]string{w.Entity.Tenant}, names...)
	}
	isText := func(name string) bool {
		return name != w.Entity.Tenant && w.dialect.columnOf(fieldOf(w.Entity, name).Type) == w.dialect.text
	}
	texts := max(1, countOf(names, isText))
	var all []string
	for _, name := range names {
		f := fieldOf(w.Entity, name)
		column, parameter := strconv.Quote(f.Column), w.parameter(f)
		if indexed := w.dialect.indexed(column, texts); isText(name) && indexed != column {
			all = append(all, indexed+" = "+w.dialect.indexed(parameter, texts))
		}
		all = append(all, column+" = "+parameter)
	}
	return strings.Join(append(all, w.key()+" <> "+w.parameter(w.Entity.Key())), " AND ")
}

// missing returns the condition that what the entity refers to is not there. An entity may refer to
// itself.
func (w *firstWriter) missing(r model.Reference) string {
	f, to := fieldOf(w.Entity, r.Field), w.project.Keeping(r.To).Entity
	parameter := w.parameter(f)
	same := ""
	if tenant, ok := to.OfTenant(); ok && w.project.WithinTenant(w.Entity, r) {
		own, _ := w.Entity.OfTenant()
		same = " AND " + strconv.Quote(tenant.Column) + " = " + w.parameter(own)
	}
	condition := "NOT EXISTS (SELECT 1 FROM " + strconv.Quote(r.Table) + " WHERE " + strconv.Quote(to.Key().Column) + " = " + parameter + same + ")"
	switch {
	case r.To == w.Entity.Name:
		condition += " AND " + parameter + " <> " + w.parameter(w.Entity.Key())
	case !w.Entity.Requires(r):
		condition += " AND " + parameter + " IS NOT NULL"
	}
	return condition
}
