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

// Compile type-checks every package of the project whose files are given, with
// its tests and what is within functions, and returns what the compiler would
// refuse. The go command is run in dir, as for a Reader.
//
// What others wrote, but for the standard library, is taken to be as it is used:
// it may not have been downloaded yet, and to compile it takes minutes.
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

// compiled is a package: its files, those of tests within it, and those of tests
// outside of it.
type compiled struct {
	files, within, outside []*ast.File

	types   *types.Package
	info    *types.Info // of files; nil where nobody asks for it
	loading bool
}

// parse reads the Go of all folders that are of the module.
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
	p := &compiled{} // without files where no Go is there, or none for this platform
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

// importStandard imports what is used of the standard library. What is not found
// in it is of others.
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

// isForeign reports whether a package is of neither the module nor, once that has
// been imported, the standard library.
func (c *compiler) isForeign(importPath string) bool {
	return !c.isOwn(importPath) && importPath != "unsafe" && importPath != "C" && c.std[importPath] == nil
}

// isOwn reports whether a package is of the module.
func (c *compiler) isOwn(importPath string) bool {
	return isWithin(importPath, c.module) && !slices.ContainsFunc(c.apart, func(module string) bool { return isWithin(importPath, module) })
}

// isWithin reports whether a package is of a module, going by its path alone.
func isWithin(importPath, module string) bool {
	return importPath == module || strings.HasPrefix(importPath, module+"/")
}

// checkAll type-checks every package, then its tests. Those see their package
// with what tests within it declare, and so does what they import.
func (c *compiler) checkAll() {
	for _, importPath := range c.paths() {
		p := c.packages[importPath]
		if len(p.files) > 0 {
			_, _ = c.Import(importPath) // every error is noted
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

// keepTests forgets those of the problems since the nth that are in files that
// were checked without tests before.
func (c *compiler) keepTests(n int) {
	kept := slices.DeleteFunc(slices.Clone(c.problems[n:]), func(p model.Problem) bool {
		file, _, _ := strings.Cut(p.Pos, ":")
		return !isTest(file)
	})
	c.problems = append(c.problems[:n], kept...)
}

// paths returns the import paths of the packages, in order.
func (c *compiler) paths() []string {
	var paths []string
	for p := range c.packages {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

// errForeign is the error of importing what others wrote. It makes go/types take
// the package to be as it is used.
var errForeign = errors.New("not looked at")

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
		return nil, errForeign
	case p == nil || len(p.files) == 0:
		return nil, errors.New("there is no such package")
	case p.loading:
		return nil, errors.New("it imports itself through others")
	}
	if p.types == nil {
		p.loading = true
		p.types = c.check(importPath, p.files, c, p.info)
		p.loading = false
	}
	return p.types, nil
}

// view is what the tests of a package see: it, and what imports it, with what is
// declared for tests.
type view struct {
	*compiler

	of  string
	own map[string]*types.Package
}

// Import is compiler.Import, as the tests see it.
func (v *view) Import(importPath string) (*types.Package, error) {
	if p := v.own[importPath]; p != nil {
		return p, nil
	}
	if v.own[v.of] == nil || !v.imports(importPath, map[string]bool{}) {
		return v.compiler.Import(importPath)
	}
	noted := len(v.problems)
	v.own[importPath] = v.check(importPath, v.packages[importPath].files, v, nil)
	v.problems = v.problems[:noted] // they were noted before
	return v.own[importPath], nil
}

// imports reports whether a package imports the one that is tested, be it through
// others.
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

// check type-checks files as a package and notes every mistake.
func (c *compiler) check(importPath string, files []*ast.File, importer types.Importer, info *types.Info) *types.Package {
	foreign := c.foreignImports(files)
	config := types.Config{
		FakeImportC: true,
		Importer:    importer,
		Error: func(err error) {
			e, ok := errors.AsType[types.Error](err)
			if !ok || strings.HasPrefix(e.Msg, "\t") { // it goes on about the one before
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

// foreignImports returns what each file imports of what others wrote.
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

// isOfForeign reports whether a mistake in a file is due to packages that were
// not looked at: that they cannot be imported, have another name than their path
// ends with, or that what is made of their types is not known.
func isOfForeign(e types.Error, foreign []string) bool {
	if len(foreign) == 0 {
		return false
	}
	name, undefined := strings.CutPrefix(e.Msg, "undefined: ")
	isImport := strings.HasPrefix(e.Msg, `"`) // that is not used
	switch {
	case undefined:
		return slices.ContainsFunc(foreign, func(importPath string) bool { return strings.Contains(importPath, name) })
	case isImport:
		return slices.ContainsFunc(foreign, func(importPath string) bool { return strings.HasPrefix(e.Msg, strconv.Quote(importPath)) })
	}
	return e.Soft || e.Msg == "missing type in composite literal" || strings.Contains(e.Msg, errForeign.Error())
}
