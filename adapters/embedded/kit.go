// Package embedded reads the files that are embedded in the command: the kit, the
// templates, and the sources of a project's go.mod and go.sum.
package embedded

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// kitFolder is the folder of the kit in the embedded files, and projectFolder its folder
// in projects.
const (
	kitFolder     = "templates/kit"
	projectFolder = "kit"
)

// pageModule is the module of the project on the kit's pages.
const pageModule = "example.com/shop"

// Source is the embedded files, with the layout of the repository.
type Source struct {
	files fs.FS
	kit   string // the import path of the kit
	mod   []byte // the command's own go.mod
	needs needs
}

// Packages copies the kit's packages in the folders, such as "sqlitestore" or ".", and
// all packages of the kit that they import, into the folder kit of a project of the
// module. Tests are not copied, nor servers that only the kit's own tests run.
func (s *Source) Packages(module string, folders []string) ([]plan.File, error) {
	closure, err := s.closure(folders)
	if err != nil {
		return nil, err
	}
	var files []plan.File
	present := map[string]bool{}
	for _, folder := range closure {
		present[folder] = true
	}
	for _, folder := range closure {
		copied, err := s.folder(module, folder, present)
		if err != nil {
			return nil, err
		}
		files = append(files, slices.DeleteFunc(copied, func(f plan.File) bool { return slices.Contains(ownServers, f.Path) })...)
	}
	return files, nil
}

// ownServers are the files that run servers for the kit's own tests alone: the tests of
// projects have no bus, no cache and no blobs but those that need none.
var ownServers = []string{
	projectFolder + "/testserver/activemq.go",
	projectFolder + "/testserver/cluster.go",
	projectFolder + "/testserver/disk.go",
	projectFolder + "/testserver/etcd.go",
	projectFolder + "/testserver/exec.go",
	projectFolder + "/testserver/kafka.go",
	projectFolder + "/testserver/memcached.go",
	projectFolder + "/testserver/nats.go",
	projectFolder + "/testserver/pgbouncer.go",
	projectFolder + "/testserver/rabbitmq.go",
	projectFolder + "/testserver/redis.go",
	projectFolder + "/testserver/s3.go",
	projectFolder + "/testserver/standby.go",
	projectFolder + "/testserver/zookeeper.go",
}

// Imported returns the sorted folders of the kit's packages that the files of a project
// of the module import.
func (s *Source) Imported(module string, files []plan.File) ([]string, error) {
	found := map[string]bool{}
	for _, f := range files {
		if path.Ext(f.Path) != ".go" {
			continue
		}
		imports, err := importsIn(f.Path, f.Data)
		if err != nil {
			return nil, err
		}
		for _, imported := range imports {
			if folder, ok := below(imported, module+"/"+projectFolder); ok {
				found[folder] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// below returns the folder of a package below an import path, or "." for that path itself.
func below(importPath, root string) (folder string, ok bool) {
	if importPath == root {
		return ".", true
	}
	return strings.CutPrefix(importPath, root+"/")
}

// closure returns the folders and those of the packages of the kit that their Go files
// import, directly or indirectly, sorted by path.
func (s *Source) closure(folders []string) ([]string, error) {
	seen := map[string]bool{}
	for before := -1; before < len(seen); { // a package found late brings files of others
		before = len(seen)
		visited := map[string]bool{}
		for queue := slices.Concat(folders, slices.Collect(maps.Keys(seen))); len(queue) > 0; queue = queue[1:] {
			folder := queue[0]
			if visited[folder] {
				continue
			}
			visited[folder], seen[folder] = true, true
			imports, err := s.importsOf(folder, seen)
			if err != nil {
				return nil, err
			}
			for _, imported := range imports {
				if within, ok := below(imported, s.kit); ok {
					queue = append(queue, within)
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(seen)), nil
}

// belongsElsewhere reports whether a file of the kit is named for a package that is not
// among the folders: the port, the page, the wiring, the routes and the tables of what
// not every project has go with its package, and what stores have for derived queries, for a
// filter, for constraints, for lists and for values with the suites of those.
func (s *Source) belongsElsewhere(name string, folders map[string]bool) bool {
	named := strings.TrimSuffix(path.Base(name), path.Ext(name))
	switch within, _ := below(path.Dir(name), kitFolder); {
	case path.Base(within) == "migrations":
		_, named, _ = strings.Cut(named, "_") // after the version
	case within == "." && named == "tenancy":
		return !folders["tenancy"] && !folders["auth"]
	case within == "httpserver" && named == "stream":
		return !folders["stream"] && !folders["blobs"]
	case suites[named] != nil && slices.Contains(suited, within):
		return !slices.ContainsFunc(suites[named], func(suite string) bool { return folders[suite] })
	case !slices.Contains(shared, within), within == "httpserver" && named == "config": // its own
		return false
	}
	return !folders[named] && s.holdsGo(path.Join(kitFolder, named))
}

// shared are the folders of the kit that have files of packages that not every project has.
var shared = []string{".", "run", "docs", "httpserver", "internal/sqlstore", "memorystore"}

// suites are the suites of what stores have in a file of its own, by the file's name.
var suites = map[string][]string{
	"query": {"querytest", "filtertest"}, "filter": {"filtertest"},
	"constraint": {"constrainttest", "referencetest", "tenanttest"}, "reference": {"referencetest"}, "children": {"childrentest"}, "made": {"valuetest"},
	"tenancy": {"tenanttest"},
}

// suited are the folders of the kit that have such files.
var suited = []string{"internal/sqlstore", "memorystore", "postgresstore", "sqlitestore"}

// importsOf returns the imports of the Go files in a folder of the kit, except tests and
// what belongs to packages that are not among the folders.
func (s *Source) importsOf(folder string, folders map[string]bool) ([]string, error) {
	names, err := fs.Glob(s.files, path.Join(kitFolder, folder, "*.go"))
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return isTest(name) || s.belongsElsewhere(name, folders) })
	if len(names) == 0 {
		return nil, fmt.Errorf("the kit has no package %s", folder)
	}
	var all []string
	for _, name := range names {
		data, err := fs.ReadFile(s.files, name)
		if err != nil {
			return nil, err
		}
		imported, err := importsIn(name, data)
		if err != nil {
			return nil, err
		}
		all = append(all, imported...)
	}
	return all, nil
}

func isTest(name string) bool { return strings.HasSuffix(name, "_test.go") }

// importsIn returns the imports of a Go file.
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

// folder copies the files of a package and of its subfolders without Go files, such as
// migrations. It does not copy tests and their data, nor what belongs to packages that are
// not among the folders. Pages import from the module.
func (s *Source) folder(module, folder string, folders map[string]bool) ([]plan.File, error) {
	var files []plan.File
	root := path.Join(kitFolder, folder)
	err := fs.WalkDir(s.files, root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && (d.Name() == "testdata" || s.holdsGo(name)):
			return fs.SkipDir
		case d.IsDir() || isTest(name) || s.belongsElsewhere(name, folders):
			return nil
		}
		data, err := fs.ReadFile(s.files, name)
		switch {
		case err != nil:
			return err
		case path.Ext(name) == ".go":
			data, err = rewriteImports(name, data, s.kit, module+"/"+projectFolder)
		case path.Ext(name) == ".md":
			data = bytes.ReplaceAll(data, []byte(pageModule+"/"), []byte(module+"/"))
		}
		files = append(files, plan.File{Path: projectFolder + strings.TrimPrefix(name, kitFolder), Data: data})
		return err
	})
	return files, err
}

func (s *Source) holdsGo(folder string) bool {
	names, err := fs.Glob(s.files, path.Join(folder, "*.go"))
	return err == nil && len(names) > 0
}

// rewriteImports replaces the beginning of import paths at the positions where the parser
// finds them. The rest of the file is unchanged.
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

// importPath returns the path without its quotes, of either kind.
func importPath(spec *ast.ImportSpec) string {
	return spec.Path.Value[1 : len(spec.Path.Value)-1]
}
