package storegen

import (
	"slices"
	"strconv"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

// filterView is the template data for the method Find of a store in an adapter.
type filterView struct {
	Conditions []conditionView
	Sort       string // the parameter
	Sorts      []sortView
}

// conditionView is what a field of the filter asks for.
type conditionView struct {
	Asked string // "filter.CustomerIn", which is not nil where it is asked for
	SQL   string // a condition whose parameter is $1
	Value string // of the parameter
	Match string // an expression for whether v fulfils it
}

// sortView is an order.
type sortView struct {
	Const  string // "order.SortNewest"
	Column string
	Desc   bool
	Order  string // as in methodView
}

// addFilter adds what is specific to the method Find.
func (w *writer) addFilter(v *methodView, q query.Query) {
	filter, sort := q.Filter.Param, q.Filter.Sort
	typ := w.file.Type(filter.Type)
	f := &filterView{}
	v.Params = ", " + w.param(filter.Name) + " " + typ
	if sort.Type != nil {
		typ := w.file.Type(sort.Type)
		f.Sort = w.param(sort.Name)
		v.Params += ", " + f.Sort + " " + typ
	}
	for _, by := range q.By {
		f.Conditions = append(f.Conditions, w.asked(by, w.param(filter.Name)))
	}
	for _, s := range q.Filter.Sorts {
		view := sortView{Const: w.file.Qualified(*sort.Type.Name, s.Value.Const), Desc: s.Order.Desc}
		if w.dialect == nil {
			view.Order = w.order(&s.Order)
		} else {
			view.Column = "`" + strconv.Quote(s.Order.Field.Column) + "`"
		}
		f.Sorts = append(f.Sorts, view)
	}
	v.Filter = f
}

// asked returns what a field of the filter asks for.
func (w *writer) asked(by query.By, filter string) conditionView {
	v := conditionView{Asked: filter + "." + by.Param.Name}
	value := valueAsked(by, v.Asked)
	if w.dialect == nil {
		v.Match = matchAll(w.file, []query.By{by}, [][]string{{value}}, w.match)
		return v
	}
	if v.Value = value; by.Operator == query.In {
		v.Value = w.kit() + ".In(" + value + ")"
	}
	v.SQL = "`" + w.together([]query.By{by}, new(parameters)) + "`"
	return v
}

// valueAsked returns an expression for the value of a field of a filter that is set.
func valueAsked(by query.By, field string) string {
	if by.Operator == query.In {
		return field
	}
	return "*" + field
}

// filterTestView is the template data for the test of the method Find.
type filterTestView struct {
	Type, Sort string // the types: "order.Filter", "order.Sort"
	Mix        []string
	Ask        []askView
	Match      []string // whether v fulfils each field of the filter
	Sorts      []orderView
}

// askView has a filter ask for what an entity is like, or several are.
type askView struct {
	Of    string // its parameters: "a, _"
	Field string
	Value string // of the field: "new(a.Customer)"
}

// orderView is an order as the test has it.
type orderView struct {
	Name    string
	Desc    bool
	Compare string
}

// filter returns the test of the method Find.
func (w *suiteWriter) filter(q query.Query) *filterTestView {
	w.file.Own("kit/filtertest")
	v := &filterTestView{Type: w.file.Type(q.Filter.Param.Type)}
	for _, by := range q.By {
		field := "filter." + by.Param.Name
		v.Ask = append(v.Ask, w.ask(by)...)
		v.Match = append(v.Match, field+" == nil || "+matchAll(w.file, []query.By{by}, [][]string{{valueAsked(by, field)}}, w.equal))
		v.Mix = w.mixed(v.Mix, by.Field)
	}
	if q.Filter.Sort.Type != nil {
		v.Sort = w.file.Type(q.Filter.Sort.Type)
	}
	for _, s := range q.Filter.Sorts {
		v.Mix = w.mixed(v.Mix, s.Order.Field)
		v.Sorts = append(v.Sorts, orderView{s.Value.Text, s.Order.Desc, w.comparison(s.Order.Field)})
	}
	return v
}

// ask returns how a field of a filter is set: a slice also to be empty.
func (w *suiteWriter) ask(by query.By) []askView {
	value := func(of string) string {
		if by.Field.Type.Kind == model.Pointer {
			return "storetest.Value(" + of + "." + pathOf(by.Field) + ")"
		}
		return of + "." + pathOf(by.Field)
	}
	switch by.Operator {
	case query.In:
		list := w.file.Type(by.Param.Type)
		return []askView{{"a, b", by.Param.Name, list + "{" + value("a") + ", " + value("b") + "}"}, {"_, _", by.Param.Name, list + "{}"}}
	case query.StartingWith:
		w.file.Own("kit/querytest")
		return []askView{{"a, _", by.Param.Name, "new(querytest.Beginning(" + value("a") + "))"}}
	}
	return []askView{{"a, _", by.Param.Name, "new(" + value("a") + ")"}}
}

// mixed adds the path of a field that entities of a test can have of one another.
func (w *suiteWriter) mixed(paths []string, f model.Field) []string {
	path := pathOf(f)
	if w.Entity.IsKey(f) || f.Name == "Version" || w.tellsApart(f) || slices.Contains(paths, path) {
		return paths
	}
	return append(paths, path)
}
