package storegen

import (
	"slices"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

// rulesView is the template data for what constrainttest tests.
type rulesView struct {
	Unique []ruleView
	Many   []manyView
}

// ruleView is fields in which no two entities may be alike.
type ruleView struct {
	Names string   // as Go: `"Tenant", "Email"`
	Align []string // statements that make next like the entity like
	Clear string   // a statement that leaves next without one of them; "" if it must have all
}

// addRules adds what is unique, and the methods that could break it.
func (w *suiteWriter) addRules(v *suiteView) {
	if len(w.Entity.Unique) == 0 {
		return
	}
	w.file.Own("kit/constrainttest")
	v.Rules = &rulesView{}
	for _, u := range w.Entity.Unique {
		r := ruleView{Names: quotedNames(u.Fields), Align: w.alike(u)}
		for _, name := range u.Fields {
			if f := fieldOf(w.Entity, name); f.Type.Kind == model.Pointer {
				r.Clear = "next." + pathOf(f) + " = nil"
			}
		}
		v.Rules.Unique = append(v.Rules.Unique, r)
	}
	if v.More != nil {
		v.Rules.Many = slices.DeleteFunc(slices.Clone(v.More.Many), func(m manyView) bool { return m.Kind == query.GetMany })
	}
}

// alike returns statements that make next like the entity like in what is unique.
func (w *suiteWriter) alike(u model.Unique) (statements []string) {
	for _, name := range u.Fields {
		path := pathOf(fieldOf(w.Entity, name))
		statements = append(statements, "next."+path+" = like."+path)
	}
	return statements
}

// sampleOf returns an expression for the value of a field in the ith sample: one that no
// other sample has, if no two entities may be alike in it.
func (w *suiteWriter) sampleOf(f model.Field) string {
	t, is := f.Type.Value(), f.Type
	if r := w.referenceOf(f); r != nil && is.Kind == model.Pointer {
		return "new(" + w.keySample(*r) + ")"
	} else if r != nil {
		return w.keySample(*r)
	}
	sample := w.file.Type(t) + "(i + 1)"
	switch {
	case !w.isUnique(f) || t.Kind != model.Int && t.Kind != model.Uint:
		return w.sample(is, f.Column, "i")
	case is.Kind == model.Pointer:
		return "new(" + sample + ")"
	}
	return sample
}

// test returns what is told if there are too few values of a type: more are needed of one in
// which no two entities may be alike, as of a key.
func (w *suiteWriter) test(t *model.Type) string {
	isUnique := func(f model.Field) bool {
		is := f.Type.Value()
		return is.Name != nil && t.Name != nil && *is.Name == *t.Name && (w.isUnique(f) || w.Entity.IsKey(f))
	}
	if slices.ContainsFunc(w.Entity.Fields, isUnique) {
		return "valuetest.Many{TB: t}"
	}
	return "t"
}

// isUnique reports whether a field is one of those that are unique.
func (w *suiteWriter) isUnique(f model.Field) bool {
	return slices.ContainsFunc(w.Entity.Unique, func(u model.Unique) bool { return slices.Contains(u.Fields, f.Name) })
}

// distinct returns those of the fields that are unique together in which all samples differ.
func (w *suiteWriter) distinct(u model.Unique) []string {
	return slices.DeleteFunc(slices.Clone(u.Fields), func(name string) bool {
		t := fieldOf(w.Entity, name).Type.Value()
		return t.Kind == model.Bool || len(t.Values) > 0
	})
}

// tellsApart reports whether entities are told apart by a field though the others that are
// unique with it may be alike in all of them.
func (w *suiteWriter) tellsApart(f model.Field) bool {
	return slices.ContainsFunc(w.Entity.Unique, func(u model.Unique) bool {
		names := w.distinct(u)
		return names[len(names)-1] == f.Name
	})
}

// findsOne reports whether entities that are alike in the fields could not all be kept.
func (w *suiteWriter) findsOne(by []query.By) bool {
	return slices.ContainsFunc(w.Entity.Unique, func(u model.Unique) bool {
		return !slices.ContainsFunc(w.distinct(u), func(name string) bool {
			return !slices.ContainsFunc(by, func(b query.By) bool { return b.Field.Name == name })
		})
	})
}
