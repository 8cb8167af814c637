package gosource

import (
	"context"
	"errors"
	"go/ast"
	"go/build"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/outgrowkit/outgrow/domain/model"
)

// loader parses and type-checks the domain and ports of a module, and the packages of the
// module that they import. It does not check function bodies: the compiler does.
type loader struct {
	files  fs.FS
	module string
	fset   *token.FileSet

	packages map[string]*source // by import path
	loading  []string           // those that are being type-checked, each for the one before
	foreign  map[string]*types.Package
	docs     map[token.Pos]*ast.CommentGroup // by the position of the declared name
	problems model.Problems
}

// source is a package that is read from source.
type source struct {
	folder string
	files  []*ast.File
	types  *types.Package
}

func newLoader(files fs.FS, module string) *loader {
	return &loader{
		files: files, module: module, fset: token.NewFileSet(),
		packages: map[string]*source{}, docs: map[token.Pos]*ast.CommentGroup{},
	}
}

// The import paths of the packages that are known by name.
func (l *loader) portsPath() string  { return l.module + "/ports" }
func (l *loader) domainPath() string { return l.module + "/domain" }
func (l *loader) kitPath() string    { return l.module + "/kit" }

// load reads ports, domain and the packages below it, and their imports.
func (l *loader) load(ctx context.Context, g goCommand) error {
	folders, err := l.domainFolders()
	if err != nil {
		return err
	}
	for _, folder := range append(folders, "ports") {
		if err := l.parse(folder); err != nil {
			return err
		}
	}
	l.checkImports()
	if err := l.problems.Err(); err != nil {
		return err
	}
	if err := l.importForeign(ctx, g); err != nil {
		return err
	}
	for _, importPath := range l.paths() {
		if _, err := l.Import(importPath); err != nil {
			return err
		}
	}
	return l.problems.Err()
}

// domainFolders returns domain and the folders below it.
func (l *loader) domainFolders() ([]string, error) {
	var folders []string
	err := fs.WalkDir(l.files, "domain", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if base := d.Name(); base == "testdata" || strings.HasPrefix(base, "_") || strings.HasPrefix(base, ".") {
			return fs.SkipDir
		}
		folders = append(folders, name)
		return nil
	})
	return folders, err
}

// paths returns the sorted import paths of the parsed packages.
func (l *loader) paths() []string {
	paths := make([]string, 0, len(l.packages))
	for p := range l.packages {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

// parse parses the package in the folder, if it has Go files, and the packages of the
// module that it imports.
func (l *loader) parse(folder string) error {
	importPath := path.Join(l.module, folder)
	if _, ok := l.packages[importPath]; ok {
		return nil
	}
	names, err := goFiles(l.files, folder)
	names = slices.DeleteFunc(names, isTest)
	if err != nil || len(names) == 0 {
		return err
	}
	s := &source{folder: folder}
	l.packages[importPath] = s
	for _, name := range names {
		if err := l.parseFile(s, name); err != nil {
			return err
		}
	}
	for _, imported := range importsOf(s.files) {
		if within, ok := l.within(imported); ok {
			if err := l.parse(within); err != nil {
				return err
			}
		}
	}
	return nil
}

func isTest(name string) bool { return strings.HasSuffix(name, "_test.go") }

// goFiles returns the Go files in the folder that are built on this platform, including
// tests.
func goFiles(files fs.FS, folder string) ([]string, error) {
	platform := build.Default
	platform.JoinPath = path.Join
	platform.OpenFile = func(name string) (io.ReadCloser, error) { return files.Open(name) }
	entries, err := fs.ReadDir(files, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".go" {
			continue
		}
		match, err := platform.MatchFile(folder, e.Name())
		if err != nil {
			return nil, err
		}
		if match {
			names = append(names, path.Join(folder, e.Name()))
		}
	}
	return names, nil
}

func (l *loader) parseFile(s *source, name string) error {
	data, err := fs.ReadFile(l.files, name)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(l.fset, name, data, parser.ParseComments|parser.SkipObjectResolution)
	if errs, ok := errors.AsType[scanner.ErrorList](err); ok {
		for _, e := range errs {
			l.problems.Add(e.Pos.String(), e.Msg, "")
		}
		return nil
	}
	if err != nil {
		return err
	}
	s.files = append(s.files, f)
	l.noteDocs(f)
	return nil
}

// noteDocs remembers the comments on types, fields and interface methods.
func (l *loader) noteDocs(f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			return false
		case *ast.GenDecl:
			for _, spec := range n.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok && t.Doc == nil {
					l.docs[t.Name.Pos()] = n.Doc
				} else if ok {
					l.docs[t.Name.Pos()] = t.Doc
				}
			}
		case *ast.Field:
			for _, name := range n.Names {
				l.docs[name.Pos()] = n.Doc
				if n.Doc == nil {
					l.docs[name.Pos()] = n.Comment
				}
			}
		}
		return true
	})
}

// importsOf returns the sorted imports of the files, without duplicates.
func importsOf(files []*ast.File) []string {
	var paths []string
	for _, f := range files {
		for _, spec := range f.Imports {
			paths = append(paths, strings.Trim(spec.Path.Value, "\"`"))
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// within returns the folder of a package of the module.
func (l *loader) within(importPath string) (folder string, ok bool) {
	if importPath == l.module {
		return ".", true
	}
	return strings.CutPrefix(importPath, l.module+"/")
}

// checkImports reports imports that are not package paths, and that the go command would
// take for folders, patterns or flags.
func (l *loader) checkImports() {
	for _, s := range l.packages {
		for _, f := range s.files {
			for _, spec := range f.Imports {
				if err := module.CheckImportPath(strings.Trim(spec.Path.Value, "\"`")); err != nil {
					l.problems.Add(l.position(spec.Pos()), spec.Path.Value+" is not a valid import path", "import a package by its path")
				}
			}
		}
	}
}

// foreignPaths returns the imports from outside the module.
func (l *loader) foreignPaths() []string {
	var paths []string
	for _, s := range l.packages {
		for _, imported := range importsOf(s.files) {
			if _, ok := l.within(imported); !ok && imported != "unsafe" && imported != "C" {
				paths = append(paths, imported)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
