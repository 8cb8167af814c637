package gosource

import (
	"cmp"
	"context"
	"errors"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/modfile"

	"github.com/outgrowkit/outgrow/domain/code"
	"github.com/outgrowkit/outgrow/domain/finding"
	"github.com/outgrowkit/outgrow/domain/model"
)

// Inspect reads what the Go code of a project says beyond its model. It runs the go
// command in dir, as Reader does. Syntax and compile errors are among the problems, and
// the rest is read as far as possible. Third-party packages are assumed to be used
// correctly, as in Compile.
func Inspect(ctx context.Context, files fs.FS, dir string) (code.Project, error) {
	module, err := modulePath(files, dir)
	if err != nil {
		return code.Project{}, err
	}
	p := code.Project{Module: module, Packages: map[string]code.Package{}}
	if p.Problems, err = checkModuleFile(files); err != nil || len(p.Problems) > 0 {
		return p, err // the go command would find nothing
	}
	if p.Apart, err = modulesApart(files, module); err != nil {
		return p, err
	}
	if p.Toolchain, err = toolchain(ctx, dir); err != nil {
		return p, err
	}
	i := &inspector{compiler: newCompiler(module, p.Apart), parsed: map[string]*ast.File{}}
	if err := i.parse(files); err != nil {
		return p, err
	}
	if err := i.readFiles(&p); err != nil {
		return p, err
	}
	if err := i.lookAbroad(ctx, dir, &p); err != nil {
		return p, err
	}
	i.checkTypes()
	i.noteFacts(&p)
	p.Problems, p.Tags, p.Keys, p.Splits = i.problems, i.tags(), i.keys(), i.splits()
	return p, nil
}

// checkModuleFile returns the problems in go.mod.
func checkModuleFile(files fs.FS) (model.Problems, error) {
	data, err := fs.ReadFile(files, moduleFile)
	if err != nil {
		return nil, err
	}
	_, err = modfile.Parse(moduleFile, data, nil)
	wrong, ok := errors.AsType[modfile.ErrorList](err)
	if !ok {
		return nil, err
	}
	var problems model.Problems
	for _, e := range wrong {
		problems.Add(finding.Position(moduleFile, e.Pos.Line, e.Pos.LineRune), e.Err.Error(), "")
	}
	return problems, nil
}

// moduleFile is the name of the module file.
const moduleFile = "go.mod"

// inspector inspects a project that was parsed.
type inspector struct {
	*compiler
	parsed map[string]*ast.File // by name

	lazy     []ast.Node            // functions that a sync.Once runs
	mutators map[types.Object]bool // methods that change what their receivers hold
}

// checkTypes type-checks everything. If there are syntax errors, the type errors are
// probably consequences, and are not reported.
func (i *inspector) checkTypes() {
	for importPath, p := range i.packages {
		if !code.Within(importPath, i.module+"/kit") {
			p.info = newInfo()
		}
	}
	syntax := i.problems
	i.checkAll()
	if len(syntax) > 0 {
		i.problems = syntax
	}
}

// lookAbroad finds the packages outside the module that the project imports. It runs the
// go command twice, concurrently.
func (i *inspector) lookAbroad(ctx context.Context, dir string, p *code.Project) error {
	var others map[string]code.Package
	var failed error
	var asked sync.WaitGroup
	asked.Go(func() { others, failed = listForeign(ctx, dir, i.abroad(p)) })
	err := i.importStandard(ctx, goCommand{dir: dir})
	asked.Wait()
	if err := cmp.Or(err, failed); err != nil {
		return err
	}
	for importPath, pkg := range others {
		p.Packages[importPath] = pkg
	}
	for importPath := range i.std {
		p.Packages[importPath] = code.Package{Standard: others[importPath].Standard || dir == ""}
	}
	p.Packages["unsafe"] = code.Package{Standard: true}
	return nil
}

// abroad returns the sorted imports from outside the project.
func (i *inspector) abroad(p *code.Project) []string {
	var paths []string
	for _, pkg := range p.Packages {
		for _, f := range pkg.Files {
			for _, imported := range f.Imports {
				if !i.isOwn(imported.Path) && imported.Path != "C" && imported.Path != "unsafe" {
					paths = append(paths, imported.Path)
				}
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// readFiles reads the imports of each file, including files for other platforms.
func (i *inspector) readFiles(p *code.Project) error {
	for importPath, c := range i.packages {
		var pkg code.Package
		for _, f := range c.all() {
			pkg.Files = append(pkg.Files, i.file(f))
		}
		folder := strings.TrimPrefix(strings.TrimPrefix(importPath, i.module), "/")
		others, err := i.elsewhere(path.Clean(folder), pkg.Files)
		if err != nil {
			return err
		}
		pkg.Files = append(pkg.Files, others...)
		p.Packages[importPath] = pkg
	}
	return nil
}

func (i *inspector) file(f *ast.File) code.File {
	name := i.fset.Position(f.Package).Filename
	i.parsed[name] = f
	file := code.File{Name: name, Test: isTest(name)}
	for _, spec := range f.Imports {
		file.Imports = append(file.Imports, code.Import{
			Path: strings.Trim(spec.Path.Value, "\"`"), Pos: i.fset.Position(spec.Path.Pos()).String(),
		})
	}
	return file
}

// elsewhere returns the files in the folder that are built only on other platforms. Files
// that are built on none, such as scripts with the build tag ignore, are left out.
func (i *inspector) elsewhere(folder string, known []code.File) ([]code.File, error) {
	entries, err := fs.ReadDir(i.files, folder)
	if err != nil {
		return nil, err
	}
	var files []code.File
	for _, e := range entries {
		name := path.Join(folder, e.Name())
		hidden := strings.HasPrefix(e.Name(), "_") || strings.HasPrefix(e.Name(), ".")
		isKnown := slices.ContainsFunc(known, func(f code.File) bool { return f.Name == name })
		if e.IsDir() || path.Ext(name) != ".go" || hidden || isKnown {
			continue
		}
		data, err := fs.ReadFile(i.files, name)
		if err != nil {
			return nil, err
		}
		f, _ := parser.ParseFile(i.fset, name, data, parser.SkipObjectResolution|parser.ParseComments)
		if f == nil || isIgnored(f) {
			continue // the compiler reports the error on the other platform
		}
		file := i.file(f)
		file.Foreign = true
		files = append(files, file)
	}
	return files, nil
}

// isIgnored reports whether the build constraint of a file mentions ignore.
func isIgnored(f *ast.File) bool {
	for _, group := range f.Comments {
		for _, c := range group.List {
			if group.Pos() > f.Package || !constraint.IsGoBuild(c.Text) {
				continue
			}
			ignored := false
			if expr, err := constraint.Parse(c.Text); err == nil {
				expr.Eval(func(tag string) bool {
					ignored = ignored || tag == "ignore"
					return true
				})
			}
			return ignored
		}
	}
	return false
}

// tags returns the positions of struct tags in domain/, except in tests.
func (i *inspector) tags() []string {
	var tags []string
	for importPath, p := range i.packages {
		if !code.Within(importPath, i.module+"/domain") {
			continue
		}
		for _, f := range p.files {
			ast.Inspect(f, func(n ast.Node) bool {
				if field, ok := n.(*ast.Field); ok && field.Tag != nil {
					tags = append(tags, i.position(field.Tag.Pos()))
				}
				return true
			})
		}
	}
	return tags
}

func (i *inspector) position(pos token.Pos) string { return i.fset.Position(pos).String() }
