package query

import (
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// Filter is what the method Find takes. Its conditions are those of the query: each holds
// where the field of the filter is set, whose selector is the name of the parameter.
type Filter struct {
	Param model.Param
	Sort  model.Param // without a type if Find takes none
	Sorts []Sort
}

// Sort is a value of the sort that Find takes, such as "-created_at".
type Sort struct {
	Value model.Value
	Order Order
}

// filtered reads the method Find, which takes a filter, perhaps a sort, and a page.
func filtered(m model.Method, entity *model.Struct, problems *model.Problems) (Query, bool) {
	q := Query{Kind: Filtered, Filter: &Filter{}}
	n := len(m.Params)
	ok := (n == 2 || n == 3) && m.Params[0].Type.Kind == model.Record && m.Params[n-1].Type.Kind == model.Page && isListing(m.Results, entity)
	if !ok || n == 3 && len(m.Params[1].Type.Values) == 0 {
		refuse(m, q, entity, problems)
		return Query{}, false
	}
	var found model.Problems
	q.Filter.Param = m.Params[0]
	for _, f := range m.Params[0].Type.Struct.Fields {
		if b, ok := asked(f, m.Params[0].Type.Struct.Name, entity, &found); ok {
			q.By = append(q.By, b)
		}
	}
	if n == 3 {
		q.Filter.Sort = m.Params[1]
		q.Filter.Sorts = sorts(m.Params[1].Type, entity, &found)
	}
	*problems = append(*problems, found...)
	return q, len(found) == 0
}

// asked returns the condition that a field of a filter is, named as one of FindBy….
func asked(f model.Field, filter model.Name, entity *model.Struct, problems *model.Problems) (By, bool) {
	of := filter.Package + "." + filter.Name
	for _, field := range longestFirst(entity.Fields) {
		rest, ok := strings.CutPrefix(f.Name, field.Name)
		b := By{Field: field, Operator: Operator(rest), Param: model.Param{Name: f.Selector(), Type: f.Type}}
		if operators[b.Operator] != 1 || !ok {
			continue
		}
		kind, value, form := model.Pointer, f.Type.Elem, "a pointer to it"
		if b.Operator == In {
			kind, form = model.Slice, "a slice of it"
		} else {
			b.Param.Type = value
		}
		if f.Type.Kind != kind || !value.Same(field.Type.Value()) {
			problems.Add(f.Pos, "the field "+f.Name+" of "+of+" does not have the type by which "+field.Name+" is asked for",
				"take the type of "+field.Name+", and make the field "+form)
			return By{}, false
		}
		return b, isComparable(b, model.Method{Name: of, Pos: f.Pos}, problems)
	}
	problems.Add(f.Pos, "the field "+f.Name+" of "+of+" does not name a field of "+entity.Name.Name,
		"name it as the field, with GreaterThan, LessThan, Before, After, In or StartingWith after it if it is not to be equal")
	return By{}, false
}

// sorts returns the orders that the values of a sort are: the name of a field in JSON, with
// - before it for the reverse.
func sorts(t *model.Type, entity *model.Struct, problems *model.Problems) (all []Sort) {
	of := t.Name.Package + "." + t.Name.Name
	for _, v := range t.Values {
		wire, desc := strings.CutPrefix(v.Text, "-")
		at := slices.IndexFunc(entity.Fields, func(f model.Field) bool { return f.Wire == wire })
		switch {
		case at < 0:
			problems.Add(t.Pos, "the value "+v.Text+" of "+of+" does not name a field of "+entity.Name.Name,
				"write the name of the field in JSON, such as created_at, or -created_at for the reverse")
		case !canSort(entity.Fields[at]):
			problems.Add(t.Pos, of+" cannot sort by "+entity.Fields[at].Name+": "+unsortable(entity.Fields[at].Type), "remove the value "+v.Text)
		default:
			all = append(all, Sort{v, Order{entity.Fields[at], desc}})
		}
	}
	return all
}

// canSort reports whether all stores can sort by values of a field alike.
func canSort(f model.Field) bool { return f.Key || isSorted(f.Type) || f.Type.Kind == model.UUID }

// indexes returns an index for each field of the filter, and for each order.
func (f *Filter) indexes(by []By) (all []Index) {
	for _, b := range by {
		all = append(all, Index{Fields: []model.Field{b.Field}, Prefix: b.Operator == StartingWith})
	}
	for _, s := range f.Sorts {
		all = append(all, Index{Fields: []model.Field{s.Order.Field}})
	}
	return all
}
