package storegen

import (
	"fmt"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// method reads a method of a store port by its name. It reports false for one
// that is written by hand, or that nothing can be derived for.
func (v *store) method(m model.Method, problems *model.Problems) (method, bool) {
	out := method{Name: m.Name, Doc: m.Doc, Statement: "run" + m.Name}
	if v.hand["sqlite."+v.Name+"."+m.Name] && v.hand["memory."+v.Name+"."+m.Name] {
		return out, false
	}
	switch m.Name {
	case "Insert", "Get", "Update", "Delete", "List":
		out.Kind = m.Name
		return out, v.expects(m, out.Kind, problems)
	}
	for _, kind := range []string{"Find", "Count", "Exists"} {
		if fields, ok := strings.CutPrefix(m.Name, kind+"By"); ok {
			out.Kind = kind
			return out, v.finds(&out, m, fields, problems)
		}
	}
	problems.Add(m.Pos, fmt.Sprintf("nothing can be derived for a method named %s", m.Name),
		"name it Insert, Get, Update, Delete, List, FindBy…, CountBy… or ExistsBy…, or write it by hand in adapters/sqlite and adapters/memory")
	return out, false
}

// forms are what the parameters and results of the methods must be, but for the
// context and the error.
var forms = map[string]string{
	"Insert": "(entity, events...) ()",
	"Get":    "(uuid) (entity)",
	"Update": "(entity, events...) ()",
	"Delete": "(uuid, events...) ()",
	"List":   "(page) (listing)",
}

// expects reports whether a method has the form that its name asks for.
func (v *store) expects(m model.Method, kind string, problems *model.Problems) bool {
	if got := form(m.Params, m.Results); got != forms[kind] {
		problems.Add(m.Pos, fmt.Sprintf("%s has the form %s", m.Name, got), "make it "+forms[kind])
		return false
	}
	return true
}

func form(params []model.Param, results []*model.Type) string {
	var in, out []string
	for _, p := range params {
		word := formOf(p.Type)
		if p.Variadic {
			word = "events..."
		}
		in = append(in, word)
	}
	for _, r := range results {
		out = append(out, formOf(r))
	}
	return "(" + strings.Join(in, ", ") + ") (" + strings.Join(out, ", ") + ")"
}

func formOf(t *model.Type) string {
	if t.Kind == model.Record {
		return "entity"
	}
	return string(t.Kind)
}

// finds reads the fields that a method finds by, such as CustomerAndStatus.
func (v *store) finds(out *method, m model.Method, fields string, problems *model.Problems) bool {
	names := strings.Split(fields, "And")
	params := m.Params
	if out.Kind == "Find" && len(params) > 0 && params[len(params)-1].Type.Kind == model.Page {
		params = params[:len(params)-1]
	} else if out.Kind == "Find" {
		problems.Add(m.Pos, m.Name+" takes no page", "end its parameters with page domain.Page")
		return false
	}
	if len(names) != len(params) {
		problems.Add(m.Pos, fmt.Sprintf("%s finds by %d fields and takes %d values", m.Name, len(names), len(params)),
			"give it a parameter for each field, in the order of its name")
		return false
	}
	var list []string
	for i, name := range names {
		f, ok := v.fieldNamed(name)
		if !ok {
			problems.Add(m.Pos, fmt.Sprintf("%s has no field %s", v.Entity, name), "name a field of it")
			return false
		}
		if composite(f.Type) || f.Type.Kind == model.Pointer {
			problems.Add(m.Pos, fmt.Sprintf("%s cannot be found by: it is optional or made of several values", name), "write the method by hand")
			return false
		}
		b := by{Param: params[i].Name, Field: f, Arg: params[i].Name}
		if of, _ := converters(f.Type); of != "" {
			b.Arg = of + "(" + b.Param + ")"
		}
		out.By = append(out.By, b)
		list = append(list, b.Param+" "+v.goType(params[i].Type))
	}
	out.Params = strings.Join(list, ", ")
	return true
}

func (v *store) fieldNamed(name string) (field, bool) {
	for _, f := range v.Fields {
		if f.Path == name || strings.HasSuffix(f.Path, "."+name) {
			return f, true
		}
	}
	return field{}, false
}

// in returns the methods that are derived in a package.
func (v store) in(pkg string) []method {
	var out []method
	for _, m := range v.Methods {
		if !v.hand[pkg+"."+v.Name+"."+m.Name] {
			out = append(out, m)
		}
	}
	return out
}
