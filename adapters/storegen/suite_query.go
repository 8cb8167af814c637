package storegen

import (
	"fmt"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

// moreView is the template data for the methods that querytest tests.
type moreView struct {
	Queries []queryView
	Mix     []string // the fields by which queries find or sort: "Details.Customer"
	Many    []manyView
	Untold  []string // the methods of changes that take no events
	Numbers []numberView
}

// numberView is a method that returns numbers for a field of new entities.
type numberView struct {
	Name string
	Path string // that of the field
	Of   string // an expression for a number as the field has it
}

// manyView is a method that is not a query: GetMany, InsertMany or Upsert.
type manyView struct {
	Kind   query.Kind
	Events string // what to pass on: ", events..."
	Port   string // "OrderStore"
	Entity string // "order.Order"
}

// queryView is a query.
type queryView struct {
	Kind    query.Kind
	Name    string
	Takes   int
	Args    string // those of the entities like: ", like[0].Customer"
	Match   string
	Compare string // "" for the order of ID
	Desc    bool
	Number  string // what Sum adds: "int64(v.Total)"
	Set     string // what gives it another number: "Total = number"; "" if it cannot have every one
	Per     string // by which value there is a number: "v.Status"
	Events  string // what to pass on: ", events..."
}

// addMore adds a method that querytest tests.
func (w *suiteWriter) addMore(v *suiteView, m method) {
	if v.More == nil {
		v.More = &moreView{}
		w.file.Own("kit/querytest")
	}
	if m.Kind == query.Next {
		v.More.Numbers = append(v.More.Numbers, numberView{m.Name, pathOf(m.Next), w.file.Type(m.Next.Type) + "(number)"})
		return
	}
	events := ", events..."
	switch m.Kind {
	case query.GetMany:
	default:
		if !m.Events {
			v.More.Untold = append(v.More.Untold, m.Name)
			events = ""
		}
	}
	if len(m.By) == 0 && m.Order == nil && m.Kind != query.Count && m.Kind != query.Per && m.Kind != query.All {
		v.More.Many = append(v.More.Many, manyView{m.Kind, events, v.Name, v.Entity})
		return
	}
	v.More.Queries = append(v.More.Queries, w.query(m, events))
	var fields []model.Field
	for _, by := range m.By {
		if by.Of != nil {
			fields = append(fields, *by.Of)
		} else {
			fields = append(fields, by.Field)
		}
	}
	if m.Order != nil {
		fields = append(fields, m.Order.Field)
	}
	if m.Sum.Name != "" {
		fields = append(fields, m.Sum)
	}
	if m.Kind == query.Per {
		fields = append(fields, m.Per)
	}
	for _, r := range w.Entity.OfOwnKind() {
		if m.Kind == query.Remove { // some refer to one another
			fields = append(fields, fieldOf(w.Entity, r.Field))
		}
	}
	for _, f := range fields {
		v.More.Mix = w.mixed(v.More.Mix, f)
	}
}

// query returns the view of a query.
func (w *suiteWriter) query(m method, events string) queryView {
	v := queryView{Kind: m.Kind, Name: m.Name, Events: events}
	next := func(by query.By) string {
		v.Takes++
		value := fmt.Sprintf("like[%d].%s", v.Takes-1, pathOf(by.Field))
		if by.Of != nil {
			value = fmt.Sprintf("childrentest.Element(like[%[1]d].%[2]s, %[1]d).%[3]s", v.Takes-1, pathOf(*by.Of), pathOf(by.Field))
		}
		if by.Field.Type.Kind == model.Pointer && (by.Operator != query.Equal || by.Optional()) {
			value = "storetest.Value(" + value + ")"
		}
		return value
	}
	var params [][]string
	for _, by := range m.By {
		values := []string{next(by)}
		switch by.Operator {
		case query.Between:
			values = append(values, next(by))
		case query.StartingWith:
			values[0] = "querytest.Beginning(" + values[0] + ")"
		case query.In:
			values = []string{w.file.Type(by.Param.Type) + "{" + values[0] + ", " + next(by) + "}"}
		}
		v.Args += ", " + strings.Join(values, ", ")
		params = append(params, values)
	}
	if m.Kind == query.All {
		w.file.Std("iter")
	}
	v.Match = matchAll(w.file, m.By, params, w.equal)
	if v.Match == "" {
		v.Match = "true"
	}
	if m.Order != nil {
		v.Desc = m.Order.Desc
		if !w.Entity.IsKey(m.Order.Field) {
			v.Compare = w.comparison(m.Order.Field)
		}
	}
	if m.Sum.Name != "" {
		v.Number, v.Set = "int64(v."+pathOf(m.Sum)+")", w.setting(m.Sum)
	}
	if m.Kind == query.Per {
		v.Per = "v." + pathOf(m.Per)
	}
	return v
}

// setting returns a statement that gives a field a number, without the entity before it; "" if it
// cannot have every number.
func (w *suiteWriter) setting(f model.Field) string {
	if f.Type.Kind != model.Int || f.Type.Bits%64 != 0 || w.Entity.IsKey(f) || w.referenceOf(f) != nil {
		return ""
	}
	return pathOf(f) + " = " + w.file.Type(f.Type) + "(number)"
}

// comparison returns an expression that compares a field of a and b, which both have.
func (w *suiteWriter) comparison(f model.Field) string {
	a, b, t := "a."+pathOf(f), "b."+pathOf(f), f.Type
	if t.Kind == model.Pointer {
		a, b, t = "(*"+a+")", "(*"+b+")", t.Elem
	}
	return comparison(w.file, t, a, b)
}

// equal returns an expression for whether the field of v equals a value.
func (w *suiteWriter) equal(by query.By, value string) string {
	at, there := "v."+pathOf(by.Field), ""
	if by.Optional() {
		there, at = at+" != nil && ", "*"+at
	}
	return there + w.file.Std("reflect") + ".DeepEqual(" + at + ", " + value + ")"
}
