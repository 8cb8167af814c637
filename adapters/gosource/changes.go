package gosource

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// change is a change of a variable.
type change struct {
	of *types.Var
	in bool // the change is to what it refers to, as with a map or pointer
}

// writers are functions of the standard library that change what their first argument
// refers to, and methods that change their receiver.
var writers = map[string]string{
	"maps":   "Copy DeleteFunc Insert",
	"slices": "Sort SortFunc SortStableFunc Reverse",
	"sort":   "Sort Stable Slice SliceStable Strings Ints Float64s",
	"sync":   "Map.Store Map.LoadOrStore Map.LoadAndDelete Map.Delete Map.Swap Map.CompareAndSwap Map.CompareAndDelete Map.Clear",
}

// atomicWriters are the prefixes of the writing functions and methods of sync/atomic.
var atomicWriters = []string{"Add", "And", "CompareAndSwap", "Or", "Store", "Swap"}

// fills is how the names of functions begin that change what their arguments point to.
var fills = regexp.MustCompile(`^(Decode|Unmarshal|[FS]?[Ss]can)`)

// isWriter reports whether a function of the standard library is one of the writers.
func isWriter(f *types.Func) bool {
	if f.Pkg() == nil {
		return false
	}
	name := f.Name()
	if f.Pkg().Path() == "sync/atomic" {
		return slices.ContainsFunc(atomicWriters, func(begin string) bool { return strings.HasPrefix(name, begin) })
	}
	if f.Signature().Recv() != nil {
		name = receiverOf(f) + "." + name
	}
	return slices.Contains(strings.Fields(writers[f.Pkg().Path()]), name)
}

// changedBy returns what a node itself changes, without its children.
func (i *inspector) changedBy(n ast.Node, info *types.Info) []change {
	var targets []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			targets = n.Lhs
		}
	case *ast.IncDecStmt:
		targets = []ast.Expr{n.X}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			targets = []ast.Expr{n.Key, n.Value}
		}
	case *ast.CallExpr:
		return i.changedByCall(n, info)
	}
	var changed []change
	for _, t := range targets {
		if v, in := variableOf(t, info); v != nil {
			changed = append(changed, change{v, in})
		}
	}
	return changed
}

// changedByCall returns what a call is known to change.
func (i *inspector) changedByCall(call *ast.CallExpr, info *types.Info) []change {
	var given []ast.Expr
	switch callee := calleeOf(call, info).(type) {
	case *types.Builtin:
		if slices.Contains([]string{"clear", "copy", "delete"}, callee.Name()) && len(call.Args) > 0 {
			given = call.Args[:1]
		}
	case *types.Func:
		selected, _ := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		isMethod := callee.Signature().Recv() != nil && selected != nil
		switch {
		case isMethod && (i.mutators[callee.Origin()] || isWriter(callee)):
			given = []ast.Expr{selected.X}
		case !isMethod && isWriter(callee) && len(call.Args) > 0:
			given = call.Args[:1]
		case fills.MatchString(callee.Name()) && callee.Pkg() != nil && i.std[callee.Pkg().Path()] != nil:
			given = slices.DeleteFunc(slices.Clone(call.Args), func(arg ast.Expr) bool { return !isAddress(arg) })
		}
	}
	var changed []change
	for _, e := range given {
		if v, _ := variableOf(e, info); v != nil {
			changed = append(changed, change{v, true})
		}
	}
	return changed
}

func isAddress(e ast.Expr) bool {
	u, ok := ast.Unparen(e).(*ast.UnaryExpr)
	return ok && u.Op == token.AND
}

// calleeOf returns the function or method that is called, if it has a name.
func calleeOf(call *ast.CallExpr, info *types.Info) types.Object {
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		return info.Uses[f]
	case *ast.SelectorExpr:
		return info.Uses[f.Sel]
	case *ast.IndexExpr: // of a generic function
		return calleeOf(&ast.CallExpr{Fun: f.X}, info)
	}
	return nil
}

// variableOf returns the variable that an expression denotes, or denotes a part of, and
// whether the variable only refers to that part.
func variableOf(e ast.Expr, info *types.Info) (v *types.Var, in bool) {
	for {
		switch part := e.(type) {
		case *ast.Ident:
			v, _ := info.Uses[part].(*types.Var)
			return v, in
		case *ast.SelectorExpr:
			if x, ok := part.X.(*ast.Ident); ok {
				if _, isPackage := info.Uses[x].(*types.PkgName); isPackage {
					e = part.Sel
					continue
				}
			}
			in, e = in || refers(info.TypeOf(part.X)), part.X
		case *ast.IndexExpr:
			in, e = in || refers(info.TypeOf(part.X)), part.X
		case *ast.SliceExpr:
			in, e = in || refers(info.TypeOf(part.X)), part.X
		case *ast.StarExpr:
			in, e = true, part.X
		case *ast.UnaryExpr:
			if part.Op != token.AND {
				return nil, false
			}
			e = part.X
		case *ast.ParenExpr:
			e = part.X
		case *ast.TypeAssertExpr:
			in, e = true, part.X
		default:
			return nil, false
		}
	}
}

// refers reports whether a copy of a value of the type shares its contents.
func refers(t types.Type) bool {
	if t == nil {
		return false
	}
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Slice:
		return true
	}
	return false
}

// findMutators finds the methods that change what their receivers refer to, directly or
// through other methods.
func (i *inspector) findMutators() {
	i.mutators = map[types.Object]bool{}
	for found := true; found; {
		found = false
		for _, p := range i.packages {
			for _, f := range p.files {
				for _, d := range f.Decls {
					method, ok := d.(*ast.FuncDecl)
					if !ok || p.info == nil || method.Recv == nil || method.Body == nil {
						continue
					}
					if obj := p.info.Defs[method.Name]; obj != nil && !i.mutators[obj] && i.mutates(method, p.info) {
						i.mutators[obj], found = true, true
					}
				}
			}
		}
	}
}

// mutates reports whether a method changes what its receiver refers to.
func (i *inspector) mutates(method *ast.FuncDecl, info *types.Info) bool {
	if len(method.Recv.List) == 0 || len(method.Recv.List[0].Names) == 0 {
		return false
	}
	receiver, _ := info.Defs[method.Recv.List[0].Names[0]].(*types.Var)
	found := false
	ast.Inspect(method.Body, func(n ast.Node) bool {
		if n == nil || found || i.isLazy(n.Pos()) {
			return false
		}
		found = slices.ContainsFunc(i.changedBy(n, info), func(c change) bool { return c.of == receiver && c.in })
		return true
	})
	return found
}

// findLazy finds the functions that are run by sync.Once and the like: what they change
// counts as initialized where it is declared.
func (i *inspector) findLazy() {
	named := map[types.Object]bool{}
	for _, p := range i.packages {
		for _, f := range p.files {
			ast.Inspect(f, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && p.info != nil && runsOnce(calleeOf(call, p.info)) && len(call.Args) > 0 {
					switch run := ast.Unparen(call.Args[0]).(type) {
					case *ast.FuncLit:
						i.lazy = append(i.lazy, run)
					case *ast.Ident:
						named[p.info.Uses[run]] = true
					}
				}
				return true
			})
		}
	}
	for _, p := range i.packages {
		for _, f := range p.files {
			for _, d := range f.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && p.info != nil && named[p.info.Defs[f.Name]] {
					i.lazy = append(i.lazy, f)
				}
			}
		}
	}
}

func runsOnce(callee types.Object) bool {
	f, ok := callee.(*types.Func)
	if !ok || f.Pkg() == nil || f.Pkg().Path() != "sync" {
		return false
	}
	return f.Name() == "Do" && receiverOf(f) == "Once" || strings.HasPrefix(f.Name(), "Once")
}

// isLazy reports whether a position is in a function that is run only once.
func (i *inspector) isLazy(pos token.Pos) bool {
	return slices.ContainsFunc(i.lazy, func(n ast.Node) bool { return n.Pos() <= pos && pos < n.End() })
}
