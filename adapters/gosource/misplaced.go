package gosource

import (
	"go/ast"
	"io/fs"
	"path"
	"strings"
)

// misplacedPorts reports directives and stores in packages below ports, from which
// nothing is derived. It looks at the text alone: such a package may be a suite, and need
// what is still to be derived.
func (l *loader) misplacedPorts() error {
	err := fs.WalkDir(l.files, "ports", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // whoever reads ports tells of it
		case d.IsDir() || path.Dir(name) == "ports" || path.Ext(name) != ".go" || isTest(name):
			return nil
		}
		return l.misplacedIn(name)
	})
	if err != nil {
		return err
	}
	return l.problems.Err()
}

// linked reports folders that are symbolic links: ./... leaves out what is in them, so that
// it is neither tested nor checked, and nothing is written through them.
func (l *loader) linked() error {
	err := fs.WalkDir(l.files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // whoever reads it tells of it
		case d.IsDir() && name != "." && (isLeftOut(d.Name()) || name == "kit"):
			return fs.SkipDir
		case d.Type()&fs.ModeSymlink == 0:
			return nil
		}
		if l.hasCode(name) {
			l.problems.Add(name, name+" is a symbolic link to a package, which the go command leaves out of ./...",
				"move the package here, or into a module of its own that go.mod requires")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.problems.Err()
}

// hasCode reports whether there is Go in a folder, which may be a symbolic link, or in one
// below it.
func (l *loader) hasCode(folder string) (has bool) {
	_ = fs.WalkDir(l.files, folder, func(name string, d fs.DirEntry, err error) error {
		if has = err == nil && !d.IsDir() && name != folder && path.Ext(name) == ".go"; has {
			return fs.SkipAll
		}
		return nil
	})
	return has
}

func (l *loader) misplacedIn(name string) error {
	s := &source{}
	if err := l.parseFile(s, name); err != nil || len(s.files) == 0 || ast.IsGenerated(s.files[0]) {
		return err
	}
	for _, group := range s.files[0].Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, directive) {
				l.problems.Add(l.position(c.Pos()), noEffect, placeOf(c.Text))
			}
		}
	}
	ast.Inspect(s.files[0], func(n ast.Node) bool {
		if t, ok := n.(*ast.TypeSpec); ok && isStoreLike(t) {
			l.problems.Add(l.position(t.Pos()), t.Name.Name+" takes events as a store does, but stores are derived from package ports alone", "move it there")
		}
		return true
	})
	return nil
}

// isStoreLike reports whether a type is an interface with a method that takes
// ...kit.Event.
func isStoreLike(t *ast.TypeSpec) bool {
	i, ok := t.Type.(*ast.InterfaceType)
	if !ok {
		return false
	}
	for _, m := range i.Methods.List {
		f, ok := m.Type.(*ast.FuncType)
		if !ok || len(f.Params.List) == 0 {
			continue
		}
		last, ok := f.Params.List[len(f.Params.List)-1].Type.(*ast.Ellipsis)
		if !ok {
			continue
		}
		if event, ok := last.Elt.(*ast.SelectorExpr); ok && event.Sel.Name == "Event" {
			return true
		}
	}
	return false
}
