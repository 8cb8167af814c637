// Package query derives from the name of a store's method what the method does.
package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// Kind is what a method does.
type Kind string

// The kinds. Find, Count and Exists compare fields of the entity, as in FindByCustomer and
// CountByCustomerAndStatus.
const (
	Insert Kind = "Insert"
	Get    Kind = "Get"
	Update Kind = "Update"
	Delete Kind = "Delete"
	List   Kind = "List"
	Find   Kind = "Find"
	Count  Kind = "Count"
	Exists Kind = "Exists"
)

// Query is what a method does.
type Query struct {
	Kind   Kind
	By     []By
	Events bool // it takes the events of the change
}

// By is a field that is compared with a parameter.
type By struct {
	Field model.Field
	Param model.Param
}

// Optional reports whether the field is optional and the parameter is not. The query then
// finds the entities that have the value.
func (b By) Optional() bool {
	return b.Field.Type.Kind == model.Pointer && b.Param.Type.Kind != model.Pointer
}

// Of returns what a method of an entity's store does. If the method cannot be derived, it
// reports a problem and returns false.
func Of(m model.Method, entity *model.Struct, problems *model.Problems) (Query, bool) {
	for _, kind := range []Kind{Insert, Get, Update, Delete, List} {
		if m.Name == string(kind) {
			return plain(m, kind, entity, problems)
		}
	}
	for _, kind := range []Kind{Find, Count, Exists} {
		if fields, ok := strings.CutPrefix(m.Name, string(kind)+"By"); ok {
			return by(m, kind, fields, entity, problems)
		}
	}
	problems.Add(m.Pos, "a store method named "+m.Name+" cannot be derived",
		"name it Insert, Get, Update, Delete, List, FindBy…, CountBy… or ExistsBy…, or write it by hand in every adapter that stores "+entity.Name.Name)
	return Query{}, false
}

// Cacheable reports whether a service has a store with a Get or a FindBy….
func Cacheable(s model.Service) bool {
	return s.Keeps != nil && slices.ContainsFunc(s.Keeps.Methods, func(m model.Method) bool {
		q, ok := Of(m, s.Entity, new(model.Problems))
		return ok && (q.Kind == Get || q.Kind == Find)
	})
}

// forms are the signatures of the methods, with %s for the entity.
var forms = map[Kind]string{
	Insert: "(ctx context.Context, entity %s, events ...kit.Event) error",
	Get:    "(ctx context.Context, id kit.UUID) (%s, error)",
	Update: "(ctx context.Context, entity %s, events ...kit.Event) error",
	Delete: "(ctx context.Context, id kit.UUID, events ...kit.Event) error",
	List:   "(ctx context.Context, page kit.Page) (kit.Listing[%s], error)",
	Find:   "(ctx context.Context, a value for each field, page kit.Page) (kit.Listing[%s], error)",
	Count:  "(ctx context.Context, a value for each field) (int64, error)",
	Exists: "(ctx context.Context, a value for each field) (bool, error)",
}

// refuse reports that a method does not have the signature that its name requires.
func refuse(m model.Method, kind Kind, entity *model.Struct, problems *model.Problems) (Query, bool) {
	form := forms[kind]
	if strings.Contains(form, "%s") {
		form = fmt.Sprintf(form, entity.Name.Package+"."+entity.Name.Name)
	}
	problems.Add(m.Pos, m.Name+" does not have the signature that its name requires", "write "+m.Name+form)
	return Query{}, false
}

// plain reads a method that compares no fields.
func plain(m model.Method, kind Kind, entity *model.Struct, problems *model.Problems) (Query, bool) {
	params, events := m.Params, false
	if n := len(params); n > 0 && params[n-1].Variadic {
		params, events = params[:n-1], true
	}
	isEntity := func(t *model.Type) bool { return t.Struct == entity }
	ok := len(params) == 1
	switch kind {
	case Insert, Update:
		ok = ok && isEntity(params[0].Type) && len(m.Results) == 0
	case Delete:
		ok = ok && params[0].Type.Kind == model.UUID && len(m.Results) == 0
	case Get:
		ok = ok && !events && params[0].Type.Kind == model.UUID && len(m.Results) == 1 && isEntity(m.Results[0])
	default:
		ok = ok && !events && params[0].Type.Kind == model.Page && isListing(m.Results, entity)
	}
	if !ok {
		return refuse(m, kind, entity, problems)
	}
	return Query{Kind: kind, Events: events}, true
}

func isListing(results []*model.Type, entity *model.Struct) bool {
	return len(results) == 1 && results[0].Kind == model.Listing && results[0].Elem.Struct == entity
}

// by reads a method that compares fields.
func by(m model.Method, kind Kind, fields string, entity *model.Struct, problems *model.Problems) (Query, bool) {
	params := m.Params
	ok := len(m.Results) == 1
	switch kind {
	case Find:
		n := len(params)
		ok = n > 0 && params[n-1].Type.Kind == model.Page && isListing(m.Results, entity)
		params = params[:max(n-1, 0)]
	case Count:
		ok = ok && m.Results[0].Kind == model.Int && m.Results[0].Bits == 64
	default:
		ok = ok && m.Results[0].Kind == model.Bool
	}
	if !ok {
		return refuse(m, kind, entity, problems)
	}
	chosen, ok := split(fields, entity)
	if !ok {
		problems.Add(m.Pos, m.Name+" does not name fields of "+entity.Name.Name,
			"join the names of its fields with And, or write the method by hand")
		return Query{}, false
	}
	if len(chosen) != len(params) {
		return refuse(m, kind, entity, problems)
	}
	q := Query{Kind: kind}
	for i, f := range chosen {
		q.By = append(q.By, By{Field: f, Param: params[i]})
		ok = isComparable(f, params[i], m, problems) && ok
	}
	return q, ok
}

// split returns the fields whose names are joined with And. A field's name may contain
// And itself.
func split(fields string, entity *model.Struct) ([]model.Field, bool) {
	return splitter{entity, map[string]bool{}}.split(fields)
}

// splitter remembers what cannot be split, so that it is fast however often a name
// contains And.
type splitter struct {
	entity *model.Struct
	dead   map[string]bool
}

func (s splitter) split(fields string) ([]model.Field, bool) {
	if s.dead[fields] {
		return nil, false
	}
	for _, f := range s.entity.Fields {
		if f.Name == fields {
			return []model.Field{f}, true
		}
		if rest, ok := strings.CutPrefix(fields, f.Name+"And"); ok {
			if others, ok := s.split(rest); ok {
				return append([]model.Field{f}, others...), true
			}
		}
	}
	s.dead[fields] = true
	return nil, false
}

// isComparable reports whether a field can be compared with the parameter, and reports a
// problem if not.
func isComparable(f model.Field, param model.Param, m model.Method, problems *model.Problems) bool {
	value := f.Type
	if value.Kind == model.Pointer {
		value = value.Elem
	}
	switch value.Kind {
	case model.Bool, model.Int, model.Uint, model.Float, model.String, model.Time, model.Duration, model.UUID:
	default:
		problems.Add(m.Pos, m.Name+" cannot compare "+f.Name+", whose type is "+string(value.Kind), "write the method by hand")
		return false
	}
	if !same(param.Type, f.Type) && !same(param.Type, value) {
		problems.Add(m.Pos, "the parameter "+param.Name+" of "+m.Name+" and the field "+f.Name+" have different types", "give the parameter the type of the field")
		return false
	}
	return true
}

// same reports whether two scalars, or pointers to scalars, have the same type.
func same(a, b *model.Type) bool {
	if a.Kind != b.Kind || a.Bits != b.Bits || (a.Name == nil) != (b.Name == nil) {
		return false
	}
	if a.Name != nil && *a.Name != *b.Name {
		return false
	}
	return a.Kind != model.Pointer || same(a.Elem, b.Elem)
}
