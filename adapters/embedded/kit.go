// Package embedded holds what the command carries within itself: the kit, the
// templates, and what a project's module files are made of.
package embedded

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// kitFolder is where the kit is among the embedded files.
const kitFolder = "templates/kit"

// Source is the embedded files, as they are laid out in the repository.
type Source struct {
	files fs.FS
	kit   string // the import path of the kit
	mod   []byte // the command's own go.mod
	needs needs
}

// Packages copies the kit's packages in the given folders, such as
// "adapters/sqlite", and all of the kit that they import, into a project of the
// module. Files that import one of the folders without, which the project does not
// have, or are named for one are left out: those that wire or test it. What is derived
// is not copied: it is derived anew in each project.
func (s *Source) Packages(module string, roots, without []string) ([]plan.File, error) {
	c := copier{Source: s, module: module, without: map[string]bool{}}
	for _, folder := range without {
		c.without[s.kit+"/"+folder] = true
	}
	closure, err := c.closure(roots)
	if err != nil {
		return nil, err
	}
	var files []plan.File
	for _, folder := range closure {
		copied, err := c.folder(folder)
		if err != nil {
			return nil, err
		}
		files = append(files, copied...)
	}
	return files, nil
}

// copier copies packages into one project.
type copier struct {
	*Source
	module  string
	without map[string]bool // by import path
}

// closure returns the folders, and those of the packages of the kit that their
// Go files import, directly or not, in the order of their paths.
func (c *copier) closure(folders []string) ([]string, error) {
	seen := map[string]bool{}
	queue := slices.Clone(folders)
	for len(queue) > 0 {
		folder := queue[0]
		queue = queue[1:]
		if seen[folder] {
			continue
		}
		seen[folder] = true
		imports, err := c.importsOf(folder)
		if err != nil {
			return nil, err
		}
		for _, imported := range imports {
			if within, ok := strings.CutPrefix(imported, c.kit+"/"); ok {
				queue = append(queue, within)
			}
		}
	}
	all := make([]string, 0, len(seen))
	for folder := range seen {
		all = append(all, folder)
	}
	slices.Sort(all)
	return all, nil
}

// importsOf returns what the Go files of a folder of the kit import.
func (c *copier) importsOf(folder string) ([]string, error) {
	names, err := fs.Glob(c.files, path.Join(kitFolder, folder, "*.go"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("the kit has no package %s", folder)
	}
	var all []string
	for _, name := range names {
		if isDerived(name) {
			continue
		}
		data, err := fs.ReadFile(c.files, name)
		if err != nil {
			return nil, err
		}
		imported, err := importsIn(name, data)
		if err != nil {
			return nil, err
		}
		if !c.isLeftOut(name, imported) {
			all = append(all, imported...)
		}
	}
	return all, nil
}

// importsIn returns what a Go file imports.
func importsIn(name string, data []byte) ([]string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	imports := make([]string, len(f.Imports))
	for i, spec := range f.Imports {
		imports[i] = importPath(spec)
	}
	return imports, nil
}

// isLeftOut reports whether a Go file has no place in the project: it imports a
// package of those without, or has the name of one.
func (c *copier) isLeftOut(name string, imports []string) bool {
	stem := strings.TrimSuffix(strings.TrimSuffix(path.Base(name), ".go"), "_test")
	for left := range c.without {
		if path.Base(left) == stem || slices.Contains(imports, left) {
			return true
		}
	}
	return false
}

// folder copies the files of a package, and the folders below it that hold no
// Go, such as migrations and testdata.
func (c *copier) folder(folder string) ([]plan.File, error) {
	var files []plan.File
	root := path.Join(kitFolder, folder)
	err := fs.WalkDir(c.files, root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && c.holdsGo(name):
			return fs.SkipDir
		case d.IsDir() || isDerived(name):
			return nil
		}
		data, err := fs.ReadFile(c.files, name)
		if err == nil && path.Ext(name) == ".go" {
			imports, err := importsIn(name, data)
			if err != nil || c.isLeftOut(name, imports) {
				return err
			}
			data, err = rewriteImports(name, data, c.kit, c.module)
			if err != nil {
				return err
			}
		}
		files = append(files, plan.File{Path: strings.TrimPrefix(name, kitFolder+"/"), Data: data})
		return err
	})
	return files, err
}

func (s *Source) holdsGo(folder string) bool {
	names, err := fs.Glob(s.files, path.Join(folder, "*.go"))
	return err == nil && len(names) > 0
}

// isDerived reports whether a file of the kit is one that `generate` writes.
func isDerived(name string) bool {
	stem := strings.TrimSuffix(path.Base(name), path.Ext(name))
	return strings.HasSuffix(stem, "_gen") || strings.HasSuffix(stem, "_gen_test")
}

// rewriteImports replaces the beginning of import paths, at the positions where
// the parser finds them; the rest of the file stays as it is.
func rewriteImports(name string, data []byte, from, to string) ([]byte, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, data, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(data)
	for _, spec := range slices.Backward(f.Imports) {
		imported := importPath(spec)
		if imported != from && !strings.HasPrefix(imported, from+"/") {
			continue
		}
		begin := fset.Position(spec.Path.Pos()).Offset + 1
		out = slices.Replace(out, begin, begin+len(from), []byte(to)...)
	}
	return out, nil
}

// importPath returns the path without its quotation marks, of either kind.
func importPath(spec *ast.ImportSpec) string {
	return spec.Path.Value[1 : len(spec.Path.Value)-1]
}
