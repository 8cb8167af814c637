package gosource

import (
	"cmp"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

// interfaceOf returns the model of a port.
func (m *mapper) interfaceOf(p port) *model.Interface {
	i := &model.Interface{Name: p.name.Name(), Doc: m.doc(p.name.Pos()), Pos: m.position(p.name.Pos())}
	for _, f := range p.methods {
		switch {
		case p.keeps == nil:
			m.offer(i, f)
		case f.Exported() && f.Name() != "Insert":
			i.Methods = append(i.Methods, m.storeMethod(f))
		default:
			i.Methods = append(i.Methods, m.method(f, true))
		}
	}
	return i
}

// offer adds a method to a port that is served over HTTP, unless it is kept from HTTP.
func (m *mapper) offer(i *model.Interface, f *types.Func) {
	var stated model.Method
	if !m.publish(&stated, f) {
		i.Unpublished = append(i.Unpublished, f.Name())
		return
	}
	method := m.method(f, false)
	method.HTTP, method.Access, method.Limit = stated.HTTP, stated.Access, stated.Limit
	i.Methods = append(i.Methods, method)
}

// storeMethod returns the model of a method of a store, which may be written by hand, and
// then have any signature: the problems are the method's own, and so are structs that would
// be without.
func (m *mapper) storeMethod(f *types.Func) model.Method {
	noted, known := len(m.problems), maps.Clone(m.structs)
	method := m.method(f, true)
	if method.Problems = slices.Clone(m.problems[noted:]); len(method.Problems) > 0 {
		m.problems, m.structs = m.problems[:noted], known
		method.Params, method.Results = nil, nil
	}
	return method
}

// signatureOf returns how a signature is written in Go.
func signatureOf(s *types.Signature) func(func(importPath, name string) string) (params, results []string) {
	return func(qualify func(importPath, name string) string) (params, results []string) {
		qualifier := func(p *types.Package) string { return qualify(p.Path(), p.Name()) }
		for i, v := range variables(s.Params()) {
			typ := types.TypeString(v.Type(), qualifier)
			if s.Variadic() && i == s.Params().Len()-1 {
				typ = "..." + strings.TrimPrefix(typ, "[]")
			}
			params = append(params, cmp.Or(v.Name(), "_")+" "+typ)
		}
		for _, v := range variables(s.Results()) {
			results = append(results, types.TypeString(v.Type(), qualifier))
		}
		return params, results
	}
}

// method returns the model of a method, and reports problems with its signature.
func (m *mapper) method(f *types.Func, ofStore bool) model.Method {
	method := model.Method{Name: f.Name(), Doc: m.doc(f.Pos()), Pos: m.position(f.Pos()), Signature: signatureOf(f.Signature())}
	if !f.Exported() {
		m.problems.Add(method.Pos, "the method "+f.Name()+" is unexported", "export it: adapters are in other packages")
	}
	params, results := variables(f.Signature().Params()), variables(f.Signature().Results())
	if len(params) == 0 || !isNamed(params[0].Type(), "context", "Context") {
		m.problems.Add(method.Pos, f.Name()+" does not begin with a context", "make its first parameter ctx context.Context")
	} else {
		params = params[1:]
	}
	if sequence := m.sequence(f, results); sequence != nil {
		method.Results, results = []*model.Type{sequence}, nil
	} else if len(results) == 0 || !isErrorType(results[len(results)-1].Type()) {
		m.problems.Add(method.Pos, f.Name()+" does not end with an error", "make its last result an error: remote calls can fail")
	} else {
		results = results[:len(results)-1]
	}
	for i, v := range params {
		variadic := f.Signature().Variadic() && i == len(params)-1
		method.Params = append(method.Params, m.param(v, variadic, ofStore, f.Pos()))
	}
	for _, v := range results {
		at := position(v, f.Pos())
		result := m.reader(v.Type(), "ReadCloser", "return an io.ReadCloser, which its caller closes", at)
		if numbers, ok := types.Unalias(v.Type()).(*types.Map); ok && ofStore {
			result = m.mapFromStore(numbers, at)
		} else if result == nil {
			result = m.typeOf(v.Type(), at)
		}
		method.Results = append(method.Results, result)
	}
	return method
}

// mapFromStore returns the model of a map that a store returns.
func (m *mapper) mapFromStore(t *types.Map, at token.Pos) *model.Type {
	key := m.typeOf(t.Key(), at)
	if !slices.Contains(query.PerKinds, key.Kind) {
		return m.refuse(at, "no store returns a map with keys of type "+short(t.Key()), "use keys that are texts, enumerations or UUIDs")
	}
	return &model.Type{Kind: model.Map, Key: key, Elem: m.part(t.Elem(), at)}
}

// param returns the model of a parameter of the method at the position.
func (m *mapper) param(v *types.Var, variadic, ofStore bool, method token.Pos) model.Param {
	at := position(v, method)
	if v.Name() == "" || v.Name() == "_" {
		m.problems.Add(m.position(at), "a parameter has no name", "name it: remote callers use the name")
	}
	t := v.Type()
	if variadic {
		t = t.(*types.Slice).Elem()
	}
	mapped := m.reader(t, "Reader", "take an io.Reader", at)
	if mapped == nil {
		mapped = m.typeOf(t, at)
	}
	isEvents := mapped.Kind == model.Events
	switch {
	case isEvents && !ofStore:
		m.problems.Add(m.position(at), "a parameter is an event", "take the data of the event instead: events are for stores and subscribers")
	case variadic != isEvents:
		m.problems.Add(m.position(at), "a parameter is variadic but not of events, or a single event", "use a slice, or ...kit.Event")
	}
	return model.Param{Name: v.Name(), Type: mapped, Variadic: variadic}
}

// position returns the position of the variable, or of the method if it has no name.
func position(v *types.Var, method token.Pos) token.Pos {
	if v.Pos().IsValid() {
		return v.Pos()
	}
	return method
}

func variables(t *types.Tuple) []*types.Var {
	vars := make([]*types.Var, 0, t.Len())
	for v := range t.Variables() {
		vars = append(vars, v)
	}
	return vars
}

// isNamed reports whether t is the named type of the package.
func isNamed(t types.Type, importPath, name string) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == name && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == importPath
}
