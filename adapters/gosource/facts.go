package gosource

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"strconv"

	"github.com/outgrowkit/outgrow/domain/code"
)

// noteFacts records the facts of each file of the project, except in tests and the kit.
func (i *inspector) noteFacts(p *code.Project) {
	i.findLazy()
	i.findMutators()
	for importPath, pkg := range p.Packages {
		if code.Within(importPath, i.module+"/kit") {
			continue
		}
		for n, f := range pkg.Files {
			if parsed := i.parsed[f.Name]; !f.Test && parsed != nil {
				info := i.packages[importPath].info
				if f.Foreign {
					info = nil
				}
				pkg.Files[n].Facts = i.factsOf(parsed, info)
			}
		}
	}
}

// observer records the facts of a file. Without info it relies on the names of imports.
type observer struct {
	*inspector
	info    *types.Info
	imports map[string]string          // import paths by name in the file
	names   map[*ast.StructType]string // of declared structs
	seen    map[*ast.Ident]bool        // identifiers recorded as part of a selector
	facts   []code.Fact
}

// factsOf returns the facts of a file.
func (i *inspector) factsOf(f *ast.File, info *types.Info) []code.Fact {
	o := &observer{
		inspector: i, info: info, imports: map[string]string{}, names: map[*ast.StructType]string{},
		seen: map[*ast.Ident]bool{},
	}
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		o.imports[name] = imported
	}
	ast.Inspect(f, o.look)
	return o.facts
}

func (o *observer) note(kind code.Kind, importPath, name string, pos token.Pos) {
	o.facts = append(o.facts, code.Fact{Kind: kind, Path: importPath, Name: name, Pos: o.position(pos)})
}

// look records the facts of a node. It always reports true, to visit the children.
func (o *observer) look(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncDecl:
		if n.Recv == nil && n.Name.Name == "init" {
			o.note(code.Inits, "", "", n.Name.Pos())
		}
	case *ast.GoStmt:
		o.note(code.Starts, "", "", n.Pos())
	case *ast.TypeSpec:
		if s, ok := n.Type.(*ast.StructType); ok {
			o.names[s] = n.Name.Name
		}
	case *ast.StructType:
		o.structType(n)
	case *ast.SelectorExpr:
		o.seen[n.Sel] = true
		o.use(n.Sel, n)
	case *ast.Ident:
		if !o.seen[n] {
			o.use(n, n)
		}
	case *ast.CallExpr, *ast.AssignStmt, *ast.IncDecStmt, *ast.RangeStmt:
		o.changes(n)
	}
	return true
}

// changes records the package variables that a node changes.
func (o *observer) changes(n ast.Node) {
	if o.info == nil {
		return
	}
	for _, c := range o.changedBy(n, o.info) {
		if v := c.of; v.Pkg() != nil && v.Parent() == v.Pkg().Scope() && !o.isLazy(n.Pos()) {
			o.note(code.Changes, v.Pkg().Path(), v.Name(), n.Pos())
		}
	}
}

// use records the use of a symbol of the standard library or the kit.
func (o *observer) use(name *ast.Ident, at ast.Expr) {
	if o.info == nil {
		o.guess(at)
		return
	}
	obj := o.info.Uses[name]
	if obj == nil || obj.Pkg() == nil {
		return
	}
	importPath := obj.Pkg().Path()
	if o.isOwn(importPath) && importPath != o.module+"/kit" || o.isForeign(importPath) {
		return
	}
	switch f, isFunc := obj.(*types.Func); {
	case isFunc && f.Signature().Recv() != nil:
		o.note(code.Uses, importPath, receiverOf(f)+"."+f.Name(), at.Pos())
	case obj.Parent() == obj.Pkg().Scope():
		o.note(code.Uses, importPath, obj.Name(), at.Pos())
	}
}

// receiverOf returns the name of a method's receiver type, or "" if it has none.
func receiverOf(f *types.Func) string {
	t := types.Unalias(f.Signature().Recv().Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if named, ok := t.(*types.Named); ok {
		return named.Obj().Name()
	}
	return ""
}

// guess records a selector whose operand has the name of an import.
func (o *observer) guess(at ast.Expr) {
	selected, ok := at.(*ast.SelectorExpr)
	if !ok {
		return
	}
	if of, ok := selected.X.(*ast.Ident); ok && o.imports[of.Name] != "" {
		o.note(code.Uses, o.imports[of.Name], selected.Sel.Name, at.Pos())
	}
}

// structType records whether a struct has a context in a field.
func (o *observer) structType(s *ast.StructType) {
	for _, field := range s.Fields.List {
		if o.info == nil && o.namesContext(field.Type) || o.info != nil && o.holdsContext(o.info.TypeOf(field.Type), 0) {
			o.note(code.Keeps, "", o.names[s], field.Pos())
			return
		}
	}
}

// namesContext reports whether a type expression mentions context.Context, except in the
// signature of a function.
func (o *observer) namesContext(t ast.Expr) bool {
	found := false
	ast.Inspect(t, func(n ast.Node) bool {
		if selected, ok := n.(*ast.SelectorExpr); ok && selected.Sel.Name == "Context" {
			of, ok := selected.X.(*ast.Ident)
			found = found || ok && o.imports[of.Name] == "context"
		}
		_, isFunc := n.(*ast.FuncType)
		return !isFunc
	})
	return found
}

// deepest limits the search for a context in a type: types can contain themselves.
const deepest = 8

// holdsContext reports whether a value of the type is a context or contains one.
func (o *observer) holdsContext(t types.Type, depth int) bool {
	if t == nil || depth > deepest {
		return false
	}
	inner := func(of types.Type) bool { return o.holdsContext(of, depth+1) }
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		for arg := range t.TypeArgs().Types() {
			if inner(arg) {
				return true
			}
		}
		return o.isContext(t)
	case *types.Interface:
		return o.isContext(t)
	case *types.TypeParam:
		return inner(t.Constraint())
	case *types.Map:
		return inner(t.Key()) || inner(t.Elem())
	case interface{ Elem() types.Type }: // a pointer, slice, array or channel
		return inner(t.Elem())
	}
	return false
}

// isContext reports whether a type is an interface that implements context.Context.
func (o *observer) isContext(t types.Type) bool {
	p := o.std["context"]
	if p == nil || !types.IsInterface(t) {
		return false
	}
	context, ok := p.Scope().Lookup("Context").Type().Underlying().(*types.Interface)
	return ok && types.Implements(t, context)
}
