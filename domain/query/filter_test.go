package query_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

func to(t *model.Type) *model.Type { return &model.Type{Kind: model.Pointer, Elem: t} }

// filter returns a filter of the fields, given as names and types.
func filter(fields ...any) *model.Type {
	s := &model.Struct{Name: model.Name{Package: "order", Name: "Filter"}}
	for i := 0; i < len(fields); i += 2 {
		s.Fields = append(s.Fields, model.Field{Name: fields[i].(string), Type: fields[i+1].(*model.Type), Pos: "f.go:1:2"})
	}
	return &model.Type{Kind: model.Record, Name: &s.Name, Struct: s}
}

// sort returns a sort of the values.
func sort(values ...string) *model.Type {
	t := &model.Type{Kind: model.String, Name: &model.Name{Package: "order", Name: "Sort"}, Pos: "s.go:1:2"}
	for _, v := range values {
		t.Values = append(t.Values, model.Value{Const: "Sort" + v, Text: v})
	}
	return t
}

// TestFilters shows what the method Find finds, and what is said of filters and sorts that it
// cannot have.
func TestFilters(t *testing.T) {
	fields := append([]model.Field{}, order.Fields...)
	for i := range fields {
		fields[i].Wire = strings.ToLower(fields[i].Name)
	}
	entity := &model.Struct{Name: order.Name, Fields: fields}
	all := &model.Type{Kind: model.Listing, Elem: &model.Type{Kind: model.Record, Struct: entity}}
	for _, c := range []struct {
		filter, sort *model.Type
		want         string // the meaning and the indexes, or the problems
	}{
		{filter(), nil, "Filtered"},
		{filter("Customer", to(text), "TotalGreaterThan", to(number)), sort("-at", "total"), "Filtered Customer= Total=GreaterThan, At desc, Total | Customer | Total | At | Total"},
		{filter("CustomerIn", list(text), "CustomerStartingWith", to(text)), nil, "Filtered Customer=In Customer=StartingWith | Customer | Customer…"},
		{filter("DueAtBefore", to(at), "DueBefore", to(at), "DueBeforeBefore", to(at)), nil, "Filtered DueAt=Before DueBefore= DueBefore=Before | DueAt | DueBefore | DueBefore"},
		{filter("IDIn", list(id)), sort("id", "-id"), "Filtered ID=In, ID, ID desc | ID | ID | ID"},

		{filter("Color", to(text)), nil, "!f.go:1:2: the field Color of order.Filter does not name a field of Order; name it as the field"},
		{filter("TotalBetween", to(number)), nil, "!f.go:1:2: the field TotalBetween of order.Filter does not name a field of Order; name it as the field"},
		{filter("Customer", text), nil, "!f.go:1:2: the field Customer of order.Filter does not have the type by which Customer is asked for; take the type of Customer, and make the field a pointer to it"},
		{filter("CustomerIn", to(text)), nil, "!f.go:1:2: the field CustomerIn of order.Filter does not have the type by which Customer is asked for; take the type of Customer, and make the field a slice of it"},
		{filter("Total", to(text)), nil, "!f.go:1:2: the field Total of order.Filter does not have the type"},
		{filter("DueAt", to(optional)), nil, "!f.go:1:2: the field DueAt of order.Filter does not have the type"},
		{filter("CustomerGreaterThan", to(text)), nil, "!f.go:1:2: order.Filter cannot compare Customer by GreaterThan: only numbers, times and durations are in the same order in every database; write"},
		{filter("Labels", to(json)), nil, "!f.go:1:2: order.Filter cannot compare Labels, whose type is map; write"},
		{filter(), sort("-color"), "!s.go:1:2: the value -color of order.Sort does not name a field of Order; write the name of the field in JSON"},
		{filter(), sort("customer"), "!s.go:1:2: order.Sort cannot sort by Customer: only numbers, times and durations are in the same order in every database; remove the value customer"},
		{filter(), sort("dueat"), "!s.go:1:2: order.Sort cannot sort by DueAt: it is optional, and databases differ in where nothing is; remove the value dueat"},
		{filter(), text, "!a.go:1:2: Find does not have the signature that its name requires; write Find(ctx context.Context, filter a struct of optional fields, sort an enumeration, page kit.Page) (kit.Listing[order.Order], error)"},
		{filter("A", text, "B", text), nil, "!f.go:1:2: the field A of order.Filter does not name a field of Order; name it as the field, with GreaterThan, LessThan, Before, After, In or StartingWith after it if it is not to be equal\nf.go:1:2: the field B"},
	} {
		m := model.Method{Name: "Find", Pos: "a.go:1:2", Results: []*model.Type{all}, Params: []model.Param{{Name: "filter", Type: c.filter}}}
		if c.sort != nil {
			m.Params = append(m.Params, model.Param{Name: "sort", Type: c.sort})
		}
		m.Params = append(m.Params, model.Param{Name: "page", Type: page})
		var problems model.Problems
		q, ok := query.Of(m, entity, &problems)
		got := "!" + problems.Error()
		if ok {
			got = meaningOfFilter(q)
		}
		if ok == (len(problems) > 0) || got != c.want && (ok || !strings.HasPrefix(got, c.want)) {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// meaningOfFilter writes a query, its orders and the indexes that serve it.
func meaningOfFilter(q query.Query) string {
	conditions, indexes, _ := strings.Cut(meaning(q), " |")
	for _, s := range q.Filter.Sorts {
		conditions += ", " + s.Order.Field.Name
		if s.Order.Desc {
			conditions += " desc"
		}
	}
	if indexes != "" {
		conditions += " |" + indexes
	}
	return conditions
}
