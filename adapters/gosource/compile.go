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
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// Compile type-checks all packages of the project with the files, including tests and
// function bodies, and returns the compile errors. It runs the go command in dir, as
// Reader does.
//
// Third-party packages are not loaded, and are assumed to be used correctly: they may
// not have been downloaded yet, and compiling them takes minutes.
func Compile(ctx context.Context, files fs.FS, dir string) (model.Problems, error) {
	module, err := modulePath(files)
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
	return &compiler{module: module, apart: apart, fset: token.NewFileSet(), packages: map[string]*compiled{}}
}

// compiler parses and type-checks the packages of a module.
type compiler struct {
	module   string
	fset     *token.FileSet
	packages map[string]*compiled // by import path
	apart    []string             // other modules whose paths begin with that of this one
	std      map[string]*types.Package
	problems model.Problems
}

// compiled is a package: its files, its internal tests, and its external tests.
type compiled struct {
	files, within, outside []*ast.File

	types   *types.Package
	info    *types.Info // of files; nil if not needed
	loading bool
}

// parse parses the Go files in all folders of the module.
func (c *compiler) parse(files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		base := d.Name()
		if name != "." && (base == "testdata" || base == "vendor" || strings.HasPrefix(base, "_") || strings.HasPrefix(base, ".")) {
			return fs.SkipDir
		}
		if _, err := fs.Stat(files, path.Join(name, "go.mod")); err == nil && name != "." {
			return fs.SkipDir // another module
		}
		return c.parseFolder(files, name)
	})
}

func (c *compiler) parseFolder(files fs.FS, folder string) error {
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
		switch {
		case f == nil:
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
	return isWithin(importPath, c.module) && !slices.ContainsFunc(c.apart, func(module string) bool { return isWithin(importPath, module) })
}

// isWithin reports whether a package is in a module, judging only by its path.
func isWithin(importPath, module string) bool {
	return importPath == module || strings.HasPrefix(importPath, module+"/")
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

// errForeign is the error of importing a third-party package. With it, go/types assumes
// that the package is used correctly.
var errForeign = errors.New("not loaded")

// Import type-checks the package with the path. It implements types.Importer.
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
		return nil, errForeign
	case p == nil || len(p.files) == 0:
		return nil, errors.New("no such package")
	case p.loading:
		return nil, errors.New("import cycle")
	}
	if p.types == nil {
		p.loading = true
		p.types = c.check(importPath, p.files, c, p.info)
		p.loading = false
	}
	return p.types, nil
}

// view is the packages as the tests of one package see them: that package, and those
// that import it, with the declarations of its internal tests.
type view struct {
	*compiler

	of  string
	own map[string]*types.Package
}

// Import is like compiler.Import, as the tests see it.
func (v *view) Import(importPath string) (*types.Package, error) {
	if p := v.own[importPath]; p != nil {
		return p, nil
	}
	if v.own[v.of] == nil || !v.imports(importPath, map[string]bool{}) {
		return v.compiler.Import(importPath)
	}
	noted := len(v.problems)
	v.own[importPath] = v.check(importPath, v.packages[importPath].files, v, nil)
	v.problems = v.problems[:noted] // they were reported before
	return v.own[importPath], nil
}

// imports reports whether a package imports the tested one, directly or indirectly.
func (v *view) imports(importPath string, asked map[string]bool) bool {
	p := v.packages[importPath]
	if p == nil || asked[importPath] {
		return false
	}
	asked[importPath] = true
	return slices.ContainsFunc(importsOf(p.files), func(imported string) bool {
		return imported == v.of || v.imports(imported, asked)
	})
}

// check type-checks files as a package and reports every error.
func (c *compiler) check(importPath string, files []*ast.File, importer types.Importer, info *types.Info) *types.Package {
	foreign := c.foreignImports(files)
	config := types.Config{
		FakeImportC: true,
		Importer:    importer,
		Error: func(err error) {
			e, ok := errors.AsType[types.Error](err)
			if !ok || strings.HasPrefix(e.Msg, "\t") { // a continuation of the previous error
				return
			}
			if pos := c.fset.Position(e.Pos); !isOfForeign(e, foreign[pos.Filename]) {
				c.problems.Add(pos.String(), e.Msg, "")
			}
		},
	}
	p, _ := config.Check(importPath, c.fset, files, info) // every error was noted above
	return p
}

// foreignImports returns the third-party imports of each file.
func (c *compiler) foreignImports(files []*ast.File) map[string][]string {
	all := map[string][]string{}
	for _, f := range files {
		imported := slices.DeleteFunc(importsOf([]*ast.File{f}), func(importPath string) bool {
			return !c.isForeign(importPath)
		})
		all[c.fset.Position(f.Package).Filename] = imported
	}
	return all
}

// isOfForeign reports whether an error in a file is due to packages that were not loaded:
// they cannot be imported, their names may differ from the ends of their paths, and
// their types are unknown.
func isOfForeign(e types.Error, foreign []string) bool {
	if len(foreign) == 0 {
		return false
	}
	name, undefined := strings.CutPrefix(e.Msg, "undefined: ")
	isImport := strings.HasPrefix(e.Msg, `"`) // an unused import
	switch {
	case undefined:
		return slices.ContainsFunc(foreign, func(importPath string) bool { return strings.Contains(importPath, name) })
	case isImport:
		return slices.ContainsFunc(foreign, func(importPath string) bool { return strings.HasPrefix(e.Msg, strconv.Quote(importPath)) })
	}
	return e.Soft || e.Msg == "missing type in composite literal" || strings.Contains(e.Msg, errForeign.Error())
}
