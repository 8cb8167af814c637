package route

import (
	"net/http"
	"slices"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
)

// takesFilter reports whether a method takes a filter.
func takesFilter(m *model.Method) bool {
	return slices.ContainsFunc(m.Params, func(p model.Param) bool { return p.Type.IsFilter() })
}

// fieldsOf returns the parameters of the query that the fields of a filter are.
func fieldsOf(filter model.Param) []Param {
	var all []Param
	for _, f := range filter.Type.Struct.Fields {
		all = append(all, Param{Name: f.Selector(), Type: f.Type, Source: Query, Wire: f.Wire, Doc: f.Doc})
	}
	return all
}

// asked gives parameters of a method that takes a filter their source: the filter is as
// many parameters as it has fields, and its order may be left out.
func (m *mapper) asked(r *Route) {
	if r.Verb != http.MethodGet || !takesFilter(r.Method) {
		return
	}
	for i, p := range r.Params {
		switch {
		case p.Type.IsFilter():
			r.Params[i].Source, r.Params[i].Fields = Filter, fieldsOf(r.Method.Params[i])
		case p.Type.IsSort():
			r.Params[i].Source = Sort
			r.Params[i].Wire = name.SnakeOf(p.Name, m.language)
		}
	}
}

// Asked returns the parameters of the query.
func (r Route) Asked() []Param {
	var all []Param
	for _, p := range r.Params {
		switch p.Source {
		case Query, Sort:
			all = append(all, p)
		case Filter:
			all = append(all, p.Fields...)
		}
	}
	return all
}

// Named returns the structs whose fields errors of the method may name: the body and filters.
func (r Route) Named() []*model.Struct {
	var all []*model.Struct
	if r.Body != nil {
		all = append(all, r.Body.Struct)
	}
	for _, p := range r.Params {
		if p.Source == Filter {
			all = append(all, p.Type.Struct)
		}
	}
	return all
}
