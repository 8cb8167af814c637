package gosource

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/code"
	"github.com/outgrowkit/outgrow/domain/query"
)

// function is a function or method of the use cases.
type function struct {
	*ast.FuncDecl
	info *types.Info
}

// useCases are the functions of app/ and below, which are followed where they call one
// another.
type useCases struct {
	*inspector
	functions map[*types.Func]function
	inside    map[*types.Func]bool // those that are called in a transaction
	found     map[token.Pos]code.Split
}

// splits returns the use cases that change two stores, or change one and tell of it, and not
// in one transaction. It follows each way through a function and those of app/ that it calls.
func (i *inspector) splits() []code.Split {
	u := useCases{inspector: i, functions: map[*types.Func]function{}, inside: map[*types.Func]bool{}, found: map[token.Pos]code.Split{}}
	for importPath, p := range i.packages {
		if p.info == nil || !code.Within(importPath, i.module+"/app") {
			continue
		}
		for _, f := range p.files {
			for _, decl := range f.Decls {
				if d, ok := decl.(*ast.FuncDecl); ok && d.Body != nil {
					if obj, ok := p.info.Defs[d.Name].(*types.Func); ok {
						u.functions[obj] = function{d, p.info}
					}
				}
			}
		}
	}
	u.findInside()
	for _, obj := range slices.SortedFunc(maps.Keys(u.functions), func(a, b *types.Func) int { return int(a.Pos() - b.Pos()) }) {
		if f := u.functions[obj]; obj.Exported() && !u.inside[obj] {
			w := &way{useCases: &u, info: f.info, name: strings.TrimPrefix(receiverName(obj)+"."+obj.Name(), ".")}
			if obj.Name() == "HandleTx" { // which a consumer calls in one
				w.unit = w.next()
			}
			w.body(f.Body, []trace{{}})
		}
	}
	return slices.Collect(maps.Values(u.found))
}

func receiverName(f *types.Func) string {
	if f.Signature().Recv() == nil {
		return ""
	}
	return receiverOf(f)
}

// findInside finds the functions that are called in a transaction, also by others that are,
// or through an interface.
func (u *useCases) findInside() {
	var queue []function
	for _, f := range u.functions {
		ast.Inspect(f.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isWithin(f.info, call) {
				work := ast.Unparen(call.Args[1])
				if literal, ok := work.(*ast.FuncLit); ok {
					queue = append(queue, function{&ast.FuncDecl{Body: literal.Body}, f.info})
				} else if obj := used(f.info, work); obj != nil {
					queue = u.enter(queue, obj)
				}
			}
			return true
		})
	}
	for ; len(queue) > 0; queue = queue[1:] {
		f := queue[0]
		ast.Inspect(f.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if obj := used(f.info, call.Fun); obj != nil {
					queue = u.enter(queue, obj)
				}
			}
			return true
		})
	}
}

// enter adds a function that is called in a transaction, or those that may be meant by a
// method of an interface.
func (u *useCases) enter(queue []function, called *types.Func) []function {
	for obj, f := range u.functions {
		if (obj == called || implements(obj, called)) && !u.inside[obj] {
			u.inside[obj] = true
			queue = append(queue, f)
		}
	}
	return queue
}

// implements reports whether a method may be called where one of an interface is.
func implements(method, called *types.Func) bool {
	recv, of := method.Signature().Recv(), called.Signature().Recv()
	if recv == nil || of == nil || method.Name() != called.Name() {
		return false
	}
	face, ok := of.Type().Underlying().(*types.Interface)
	return ok && types.Implements(recv.Type(), face)
}

// used returns the function that an expression names, or nil.
func used(info *types.Info, e ast.Expr) *types.Func {
	var name *ast.Ident
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		name = e
	case *ast.SelectorExpr:
		name = e.Sel
	default:
		return nil
	}
	f, _ := info.Uses[name].(*types.Func)
	return f
}

// isWithin reports whether a call runs its second argument in a transaction: it is of
// kit.Transactor, or of an interface of one's own with that method.
func isWithin(info *types.Info, call *ast.CallExpr) bool {
	f := used(info, call.Fun)
	return f != nil && f.Name() == "Within" && f.Signature().Recv() != nil && len(call.Args) == 2
}

// done is what a call does that others must not be without: which store it changes, "" if
// it emits an event.
type done struct {
	store string
	bus   bool // it publishes
	pos   token.Pos
	unit  int // the transaction; 0 for one of its own
}

// doneBy returns what a call does, if it is of a store, an emitter or a bus.
func (u *useCases) doneBy(info *types.Info, call *ast.CallExpr) (d done, ok bool) {
	selected, isSelector := call.Fun.(*ast.SelectorExpr)
	if !isSelector || used(info, selected) == nil {
		return d, false
	}
	named, isNamed := types.Unalias(info.TypeOf(selected.X)).(*types.Named)
	if !isNamed || named.Obj().Pkg() == nil {
		return d, false
	}
	d = done{store: named.Obj().Name(), pos: call.Pos()}
	switch within, method := named.Obj().Pkg().Path(), selected.Sel.Name; {
	case within == u.module+"/kit" && d.store == "Emitter" && method == "Emit":
		d.store = ""
		return d, true
	case within == u.module+"/kit" && d.store == "Bus" && method == "Publish":
		d.store, d.bus = "", true
		return d, true
	default:
		return d, within == u.module+"/ports" && isStore(named) && changes(method)
	}
}

// isStore reports whether a type is a port to which stores are derived.
func isStore(t *types.Named) bool {
	face, ok := t.Underlying().(*types.Interface)
	if !ok || !strings.HasSuffix(t.Obj().Name(), "Store") {
		return false
	}
	for m := range face.Methods() {
		if m.Name() == string(query.Insert) {
			return m.Signature().Variadic()
		}
	}
	return false
}

// changes reports whether a method of a store has the name of one that changes it.
func changes(method string) bool {
	kinds := []query.Kind{query.Insert, query.Update, query.Delete, query.InsertMany, query.Upsert}
	return slices.Contains(kinds, query.Kind(method)) || strings.HasPrefix(method, string(query.Delete)+"By")
}
