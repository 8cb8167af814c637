package storegen

import (
	"strings"

	"github.com/outgrowkit/outgrow/domain/alias"
	"github.com/outgrowkit/outgrow/domain/model"
)

// valuesView is the template data for the values of a type that accepts only some.
type valuesView struct {
	Name  string // of the variable: "moneyValues"
	Found string // an expression for how they are found
}

// isPicky reports whether a type accepts only some values, so that it takes a search to have
// some to test with.
func isPicky(t *model.Type) bool {
	return t.Kind == model.Text || t.Kind == model.Record && t.Struct.New != nil
}

// valuesOf returns the name of the variable with the values of a type that accepts only some.
func (w *suiteWriter) valuesOf(t *model.Type) string {
	typ := w.file.Type(t)
	if known := w.variables[typ]; known != "" {
		return known
	}
	name := variableOf(*t.Name)
	w.variables[typ] = name
	w.file.Own("kit/valuetest")
	found := w.parsed(t, typ)
	switch {
	case t.Kind == model.Record:
		found = w.made(t, t.Struct.New, t.Struct.Fields, typ)
	case t.New != nil:
		text := model.Field{Name: t.Method, Method: true, Type: &model.Type{Kind: model.String}}
		found = w.made(t, t.New, []model.Field{text}, typ)
	}
	w.values = append(w.values, valuesView{name, found})
	return name
}

// variableOf returns a name for the values of a type: "moneyValues", "orderAddressValues".
func variableOf(n model.Name) string {
	pkg := alias.Of(n.Package)
	if strings.EqualFold(n.Package, n.Name) {
		return pkg + "Values"
	}
	return pkg + n.Name + "Values"
}

func (w *suiteWriter) parsed(t *model.Type, typ string) string {
	return "valuetest.Parsed[" + typ + "](t" + w.known(t) + ")"
}

// known returns the variables and constants of the type as arguments.
func (w *suiteWriter) known(t *model.Type) string {
	args := ""
	for _, n := range t.Known {
		args += ", " + w.file.Qualified(n, n.Name)
	}
	return args
}

// made returns an expression for the values that a constructor makes.
func (w *suiteWriter) made(t *model.Type, by *model.Constructor, takes []model.Field, typ string) string {
	guessed, same := make([]string, len(takes)), make([]string, len(takes))
	for i, f := range takes {
		guessed[i], same[i] = w.guess(f), "v."+f.Selector()
	}
	call := func(args []string) string {
		made := w.file.Qualified(*t.Name, by.Name) + "(" + strings.Join(args, ", ") + ")"
		if !by.Fails {
			made += ", nil"
		}
		return "{ return " + made + " }"
	}
	return "valuetest.Made(t,\n" +
		"func(g *valuetest.Guess) (" + typ + ", error) " + call(guessed) + ",\n" +
		"func(v " + typ + ") (" + typ + ", error) " + call(same) + w.known(t) + ")"
}

// guess returns an expression for what a constructor may take.
func (w *suiteWriter) guess(f model.Field) string {
	switch t := f.Type; t.Kind {
	case model.Int, model.Uint, model.Float:
		return "valuetest.Number[" + w.file.Type(t) + "](g)"
	case model.String:
		if len(t.Values) == 0 {
			return "valuetest.Text[" + w.file.Type(t) + "](g)"
		}
	}
	return w.sample(f.Type, f.Wire, "g.N")
}
