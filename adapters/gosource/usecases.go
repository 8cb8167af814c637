package gosource

import (
	"go/types"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/code"
)

// noteUseCases marks the files in app/ that declare a type that implements a driving port
// or is a subscriber, or a method of one.
func (i *inspector) noteUseCases(p *code.Project) {
	offered := i.offered()
	for importPath, c := range i.packages {
		if c.types == nil || importPath != i.module+"/app" && !strings.HasPrefix(importPath, i.module+"/app/") {
			continue
		}
		marked := i.filesOf(c, func(t types.Type) bool {
			return slices.ContainsFunc(offered, func(port *types.Interface) bool {
				return isDeclared(t, port) && types.Implements(types.NewPointer(t), port)
			})
		})
		for n, f := range p.Packages[importPath].Files {
			p.Packages[importPath].Files[n].UseCases = marked[f.Name]
		}
	}
}

// isDeclared reports whether a type is known to have the methods of a port. A type that
// embeds a third-party type, which was not loaded, might have any.
func isDeclared(t types.Type, port *types.Interface) bool {
	for m := range port.Methods() {
		method, _, _ := types.LookupFieldOrMethod(t, true, m.Pkg(), m.Name())
		if _, ok := method.(*types.Func); !ok {
			return false
		}
	}
	return true
}

// offered returns the interfaces that use cases implement.
func (i *inspector) offered() []*types.Interface {
	var all []*types.Interface
	if p := i.packages[i.module+"/ports"]; p != nil {
		l := newLoader(i.files, i.module)
		l.packages[l.portsPath()] = &source{types: p.types}
		for _, f := range p.files {
			l.noteDocs(f)
		}
		_, driving := (&mapper{loader: l}).ports()
		for _, port := range driving {
			all = append(all, port.name.Type().Underlying().(*types.Interface))
		}
	}
	if p := i.packages[i.module+"/app/delivery"]; p != nil && p.types != nil {
		if subscriber := p.types.Scope().Lookup("Subscriber"); subscriber != nil && types.IsInterface(subscriber.Type()) {
			all = append(all, subscriber.Type().Underlying().(*types.Interface))
		}
	}
	return all
}

// filesOf returns the files that declare a matching type or a method of one.
func (i *inspector) filesOf(p *compiled, match func(types.Type) bool) map[string]bool {
	matching := map[string]bool{}
	scope := p.types.Scope()
	for _, name := range scope.Names() {
		t, ok := scope.Lookup(name).(*types.TypeName)
		matching[name] = ok && !types.IsInterface(t.Type()) && match(t.Type())
	}
	marked := map[string]bool{}
	for _, f := range p.files {
		declared := map[string]bool{}
		noteDeclarations(f, "", declared)
		for name := range declared {
			if of, _, _ := strings.Cut(name, "."); matching[of] {
				marked[i.fset.Position(f.Package).Filename] = true
			}
		}
	}
	return marked
}
