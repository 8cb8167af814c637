package gosource

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/code"
	"github.com/outgrowkit/outgrow/domain/model"
)

// Compile type-checks all packages of the project with the files, including tests and
// function bodies, and returns the compile errors. It runs the go command in dir, as
// Reader does.
//
// Third-party packages are not loaded, and are assumed to be used correctly: they may
// not have been downloaded yet, and compiling them takes minutes.
func Compile(ctx context.Context, files fs.FS, dir string) (model.Problems, error) {
	module, err := modulePath(files, dir)
	if err != nil {
		return nil, err
	}
	apart, err := modulesApart(files, module)
	if err != nil {
		return nil, err
	}
	c := newCompiler(module, apart)
	if err := c.parse(files); err != nil || len(c.problems) > 0 {
		return c.problems, err
	}
	g, done, err := newGoCommand(files, dir)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := c.importStandard(ctx, g); err != nil {
		return nil, err
	}
	c.checkAll()
	return c.problems, nil
}

func newCompiler(module string, apart []string) *compiler {
	return &compiler{
		module: module, apart: apart, fset: token.NewFileSet(), packages: map[string]*compiled{},
		others: map[string]*types.Package{}, selected: map[string]map[string]bool{},
	}
}

// compiler parses and type-checks the packages of a module.
type compiler struct {
	files    fs.FS
	module   string
	fset     *token.FileSet
	packages map[string]*compiled // by import path
	loading  []string             // those that are being type-checked, each for the one before
	apart    []string             // other modules whose paths begin with that of this one
	std      map[string]*types.Package
	others   map[string]*types.Package  // what stands for packages that others wrote
	selected map[string]map[string]bool // what they may be called, by import path
	problems model.Problems
}

// compiled is a package: its files, its internal tests, and its external tests.
type compiled struct {
	files, within, outside []*ast.File

	types *types.Package
	info  *types.Info // of files; nil if not needed
}

// parse reads the Go of all folders that are of the module, and of what they import
// from folders that are left out otherwise, such as testdata.
func (c *compiler) parse(files fs.FS) error {
	c.files = files
	if err := c.parseAll(); err != nil {
		return err
	}
	for queue := c.paths(); len(queue) > 0; queue = queue[1:] {
		for _, imported := range importsOf(c.packages[queue[0]].all()) {
			if _, known := c.packages[imported]; known || !c.isOwn(imported) {
				continue
			}
			folder := strings.TrimPrefix(imported, c.module+"/")
			if _, err := fs.Stat(files, folder); err != nil {
				continue
			}
			if err := c.parseFolder(folder); err != nil {
				return err
			}
			queue = append(queue, imported)
		}
	}
	return nil
}

func (c *compiler) parseAll() error {
	files := c.files
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name != "." && isLeftOut(d.Name()) {
			return fs.SkipDir
		}
		if _, err := fs.Stat(files, path.Join(name, "go.mod")); err == nil && name != "." {
			return fs.SkipDir // another module
		}
		return c.parseFolder(name)
	})
}

func (c *compiler) parseFolder(folder string) error {
	files := c.files
	names, err := goFiles(files, folder)
	if err != nil {
		return err
	}
	p := &compiled{} // without files if the folder has no Go for this platform
	c.packages[path.Join(c.module, folder)] = p
	mode := parser.SkipObjectResolution
	if folder == "ports" {
		mode |= parser.ParseComments // there may be directives
	}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(c.fset, name, data, mode)
		if errs, ok := errors.AsType[scanner.ErrorList](err); ok {
			for _, e := range errs {
				c.problems.Add(e.Pos.String(), e.Msg, "")
			}
		}
		if f != nil {
			c.noteSelected(f)
		}
		switch {
		case f == nil || f.Name.Name == "documentation": // which the go command leaves out
		case !isTest(name):
			p.files = append(p.files, f)
		case strings.HasSuffix(f.Name.Name, "_test"):
			p.outside = append(p.outside, f)
		default:
			p.within = append(p.within, f)
		}
	}
	return nil
}

// all returns every file of the package.
func (p *compiled) all() []*ast.File { return slices.Concat(p.files, p.within, p.outside) }

// importStandard imports the packages of the standard library that are used. Packages
// that it does not find there are third-party.
func (c *compiler) importStandard(ctx context.Context, g goCommand) error {
	var paths []string
	for _, p := range c.packages {
		for _, imported := range importsOf(p.all()) {
			first, _, _ := strings.Cut(imported, "/")
			if c.isForeign(imported) && !strings.Contains(first, ".") {
				paths = append(paths, imported)
			}
		}
	}
	slices.Sort(paths)
	found, _, err := importForeign(ctx, g, slices.Compact(paths))
	if err != nil {
		return err
	}
	maps.DeleteFunc(found, func(_ string, p *types.Package) bool { return p == nil || p.Name() == "" })
	c.std = found
	return nil
}

// isForeign reports whether a package is in neither the module nor, once that has been
// imported, the standard library.
func (c *compiler) isForeign(importPath string) bool {
	return !c.isOwn(importPath) && importPath != "unsafe" && importPath != "C" && c.std[importPath] == nil
}

// isOwn reports whether a package is of the module.
func (c *compiler) isOwn(importPath string) bool {
	return code.Within(importPath, c.module) && !code.Within(importPath, c.apart...)
}

// checkAll type-checks every package, then its tests. Tests, and the packages that they
// import, see their package with the declarations of its internal tests.
func (c *compiler) checkAll() {
	for _, importPath := range c.paths() {
		p := c.packages[importPath]
		if len(p.files) > 0 {
			_, _ = c.Import(importPath) // every error is reported
		}
	}
	for _, importPath := range c.paths() {
		p := c.packages[importPath]
		seen := &view{compiler: c, of: importPath, own: map[string]*types.Package{}}
		if len(p.within) > 0 {
			tested := len(c.problems)
			seen.own[importPath] = c.check(importPath, slices.Concat(p.files, p.within), seen, nil)
			c.keepTests(tested)
		}
		if len(p.outside) > 0 {
			c.check(importPath+"_test", p.outside, seen, nil)
		}
	}
}

// keepTests drops the problems since the nth that are not in tests, because they were
// found before.
func (c *compiler) keepTests(n int) {
	kept := slices.DeleteFunc(slices.Clone(c.problems[n:]), func(p model.Problem) bool {
		file, _, _ := strings.Cut(p.Pos, ":")
		return !isTest(file)
	})
	c.problems = append(c.problems[:n], kept...)
}

// paths returns the sorted import paths of the packages.
func (c *compiler) paths() []string {
	var paths []string
	for p := range c.packages {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

// Import type-checks the package of the path, as a types.Importer does.
func (c *compiler) Import(importPath string) (*types.Package, error) {
	if importPath == "unsafe" {
		return types.Unsafe, nil
	}
	if p := c.std[importPath]; p != nil {
		return p, nil
	}
	p := c.packages[importPath]
	switch {
	case c.isForeign(importPath):
		return c.unseen(importPath), errUnseen
	case p == nil || len(p.files) == 0:
		return nil, errors.New("no such package")
	}
	if err := importCycle(c.loading, importPath); err != nil {
		return nil, err
	}
	if p.types == nil {
		c.loading = append(c.loading, importPath)
		p.types = c.check(importPath, p.files, c, p.info)
		c.loading = c.loading[:len(c.loading)-1]
	}
	return p.types, nil
}

// check type-checks files as a package and notes every mistake.
func (c *compiler) check(importPath string, files []*ast.File, importer types.Importer, info *types.Info) *types.Package {
	if info == nil {
		info = newInfo()
	}
	d := doubts{compiler: c, files: files, info: info}
	depends := c.dependsOnUnseen(files, map[string]bool{})
	var found []types.Error
	config := types.Config{
		FakeImportC: true,
		Importer:    importer,
		Error: func(err error) {
			e, ok := errors.AsType[types.Error](err)
			if ok && !strings.HasPrefix(e.Msg, "\t") { // it goes on about the one before
				found = append(found, e)
			}
		},
	}
	p, _ := config.Check(importPath, c.fset, files, info) // every error is in found
	for _, e := range found {
		if !depends || !d.has(e) {
			c.problems.Add(c.fset.Position(e.Pos).String(), e.Msg, "")
		}
	}
	return p
}

func newInfo() *types.Info {
	return &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
}
