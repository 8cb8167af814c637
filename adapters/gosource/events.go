package gosource

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/code"
	"github.com/outgrowkit/outgrow/domain/model"
)

// events returns the events of the domain, sorted by topic.
func (m *mapper) events() []model.Event {
	var events []model.Event
	for _, importPath := range m.paths() {
		if !code.Within(importPath, m.domainPath()) {
			continue
		}
		scope := m.packages[importPath].types.Scope()
		for _, n := range scope.Names() {
			if e, ok := m.event(scope.Lookup(n)); ok {
				events = append(events, e)
			}
		}
	}
	slices.SortStableFunc(events, func(a, b model.Event) int { return strings.Compare(a.Topic, b.Topic) })
	for i := 1; i < len(events); i++ {
		a, b := events[i-1].Struct, events[i].Struct
		if events[i-1].Topic == events[i].Topic {
			m.problems.Add(b.Pos, b.Name.Name+" has the same topic "+events[i].Topic+" as "+a.Name.Package+"."+a.Name.Name,
				"give each event its own topic")
		}
	}
	return events
}

// event returns the model of an exported struct with the methods of kit.Event.
func (m *mapper) event(obj types.Object) (model.Event, bool) {
	t, ok := obj.(*types.TypeName)
	if !ok || !t.Exported() || t.IsAlias() {
		return model.Event{}, false
	}
	named, isNamed := t.Type().(*types.Named)
	iface := m.eventInterface()
	if !isNamed || iface == nil || types.IsInterface(named) || !types.Implements(types.NewPointer(named), iface) {
		return model.Event{}, false
	}
	if !types.Implements(named, iface) {
		m.refuse(obj.Pos(), "the event "+short(named)+" has methods with pointer receivers", "declare Topic and Key with value receivers")
		return model.Event{}, false
	}
	s, isStruct := named.Underlying().(*types.Struct)
	if !isStruct {
		m.refuse(obj.Pos(), "the event "+short(named)+" is not a struct", "declare it as a struct: it is sent as a JSON object")
		return model.Event{}, false
	}
	return model.Event{Struct: m.structOf(named, s, obj.Pos()), Topic: m.topic(named)}, true
}

func (m *mapper) eventInterface() *types.Interface {
	kit := m.packages[m.kitPath()]
	if kit == nil {
		return nil
	}
	t := kit.types.Scope().Lookup("Event")
	if t == nil {
		return nil
	}
	iface, _ := t.Type().Underlying().(*types.Interface)
	return iface
}

// topic returns the constant that the Topic method of an event returns.
func (m *mapper) topic(t *types.Named) string {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "Topic")
	method, ok := obj.(*types.Func)
	if !ok {
		return ""
	}
	expr := m.returned(method)
	if expr != nil {
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
		if err := types.CheckExpr(m.fset, method.Pkg(), expr.Pos(), expr, info); err == nil {
			if v := info.Types[expr].Value; v != nil && v.Kind() == constant.String && constant.StringVal(v) != "" {
				return constant.StringVal(v)
			}
		}
	}
	m.refuse(method.Pos(), "the topic of "+short(t)+" is not a constant", `make Topic a single return of a constant, such as "order.created"`)
	return ""
}

// returned returns the expression that a method consisting of a single return statement
// returns, or nil.
func (m *mapper) returned(method *types.Func) ast.Expr {
	body := m.body(method)
	if body == nil || len(body.List) != 1 {
		return nil
	}
	if r, ok := body.List[0].(*ast.ReturnStmt); ok && len(r.Results) == 1 {
		return r.Results[0]
	}
	return nil
}

// body returns the body of a method, or nil.
func (m *mapper) body(method *types.Func) *ast.BlockStmt {
	s := m.packages[method.Pkg().Path()]
	if s == nil {
		return nil
	}
	for _, f := range s.files {
		if f.FileStart <= method.Pos() && method.Pos() < f.FileEnd {
			return bodyAt(f, method.Pos())
		}
	}
	return nil
}

func bodyAt(f *ast.File, pos token.Pos) *ast.BlockStmt {
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Pos() == pos {
			return fn.Body
		}
	}
	return nil
}
