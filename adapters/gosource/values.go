package gosource

import (
	"cmp"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
)

// construction is how the values of a struct with unexported fields are made: by a
// function, from what methods return.
type construction struct {
	by      *types.Func
	methods []*types.Func // one for each parameter
}

// constructed returns how the values of a type are made whose own fields are unexported, or
// nil: by New and the name of the type, else by New, else by another function that begins
// with New or Parse, of which one that can fail and takes more comes first.
func constructed(t *types.Named) *construction {
	s, ok := t.Underlying().(*types.Struct)
	if !ok || !hasUnexported(s) {
		return nil
	}
	scope := t.Obj().Pkg().Scope()
	var found []*construction
	for _, n := range scope.Names() {
		f, ok := scope.Lookup(n).(*types.Func)
		if !ok || !strings.HasPrefix(n, "New") && !strings.HasPrefix(n, "Parse") {
			continue
		}
		if c := constructionBy(f, t); c != nil {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return nil
	}
	rank := func(c *construction) int {
		return slices.Index([]string{"New", "New" + t.Obj().Name()}, c.by.Name())
	}
	return slices.MaxFunc(found, func(a, b *construction) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), compareBools(fails(a.by), fails(b.by)), cmp.Compare(len(a.methods), len(b.methods)))
	})
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func hasUnexported(s *types.Struct) bool {
	for f := range s.Fields() {
		if !f.Exported() {
			return true
		}
	}
	return false
}

// constructionBy returns how the function makes values of the type, or nil if it does not.
func constructionBy(f *types.Func, t *types.Named) *construction {
	sig := f.Signature()
	results := sig.Results()
	makes := results.Len() > 0 && types.Identical(results.At(0).Type(), t) && (results.Len() == 1 || results.Len() == 2 && fails(f))
	if !makes || sig.Params().Len() == 0 || sig.Variadic() || sig.TypeParams() != nil {
		return nil
	}
	c := &construction{by: f}
	for p := range sig.Params().Variables() {
		method := returning(t, p.Name(), p.Type())
		if method == nil && isOneText(sig) {
			method = returning(t, "String", p.Type())
		}
		if method == nil {
			return nil
		}
		c.methods = append(c.methods, method)
	}
	return c
}

// fails reports whether the last of two results is an error.
func fails(f *types.Func) bool {
	results := f.Signature().Results()
	return results.Len() == 2 && types.Identical(results.At(1).Type(), types.Universe.Lookup("error").Type())
}

// isOneText reports whether a function takes a string and nothing else.
func isOneText(sig *types.Signature) bool {
	return sig.Params().Len() == 1 && types.Identical(sig.Params().At(0).Type(), types.Typ[types.String])
}

// returning returns the exported method of the type that has the name, but for upper and
// lower case, takes nothing and returns the result alone; nil if there is none.
func returning(t *types.Named, name string, result types.Type) *types.Func {
	for selection := range types.NewMethodSet(types.NewPointer(t)).Methods() {
		f := selection.Obj().(*types.Func)
		sig := f.Signature()
		if f.Exported() && strings.EqualFold(f.Name(), name) && sig.Params().Len() == 0 && sig.Results().Len() == 1 &&
			types.Identical(sig.Results().At(0).Type(), result) {
			return f
		}
	}
	return nil
}

// value returns the model of a type whose values a constructor makes. Of one text it is that
// text, else what its methods return.
func (m *mapper) value(t *types.Named, n *model.Name, c *construction, at token.Pos) *model.Type {
	known := m.known(t)
	if isOneText(c.by.Signature()) {
		return &model.Type{Kind: model.Text, Name: n, New: constructorOf(c), Method: c.methods[0].Name(), Known: known}
	}
	return &model.Type{Kind: model.Record, Name: n, Struct: m.structBy(t, c, at), Known: known}
}

// structBy returns the model of a struct that a constructor makes.
func (m *mapper) structBy(t *types.Named, c *construction, at token.Pos) *model.Struct {
	mapped, known := m.newStruct(t)
	if !known {
		mapped.New = constructorOf(c)
		mapped.Fields = m.parameters(c, at)
		m.checkNames(mapped)
	}
	return mapped
}

func constructorOf(c *construction) *model.Constructor {
	return &model.Constructor{Name: c.by.Name(), Fails: fails(c.by)}
}

// parameters returns what a constructor takes as fields.
func (m *mapper) parameters(c *construction, at token.Pos) []model.Field {
	fields := make([]model.Field, len(c.methods))
	params := c.by.Signature().Params()
	for i, method := range c.methods {
		if m.packages[method.Pkg().Path()] != nil {
			at = method.Pos()
		}
		snake := name.SnakeOf(method.Name(), m.language)
		fields[i] = model.Field{
			Name: method.Name(), Method: true, Pos: m.position(at),
			Wire: snake, Column: snake, Type: m.part(params.At(i).Type(), at),
		}
	}
	return fields
}

// known returns the exported variables and constants of the type in its package and below
// domain/.
func (m *mapper) known(t *types.Named) []model.Name {
	packages := []*types.Package{t.Obj().Pkg()}
	for _, importPath := range m.paths() {
		if p := m.packages[importPath].types; strings.HasPrefix(importPath, m.domainPath()+"/") && p != packages[0] {
			packages = append(packages, p)
		}
	}
	var found []model.Name
	for _, p := range packages {
		for _, n := range p.Scope().Names() {
			o := p.Scope().Lookup(n)
			_, isVar := o.(*types.Var)
			_, isConst := o.(*types.Const)
			if (isVar || isConst) && o.Exported() && types.Identical(o.Type(), t) {
				found = append(found, model.Name{Path: p.Path(), Package: p.Name(), Name: n})
			}
		}
	}
	return found
}

// makingIt says what makes an unexported field one that can be stored and sent.
func makingIt(t *types.Named, f *types.Var) string {
	typ := t.Obj().Name()
	method := strings.ToUpper(f.Name()[:1]) + f.Name()[1:]
	return "export it, or give " + short(t) + " a constructor such as New" + typ + "(" + f.Name() + " " + short(f.Type()) + ") (" + typ +
		", error), and for each of its parameters a method such as " + method + "() " + short(f.Type())
}
