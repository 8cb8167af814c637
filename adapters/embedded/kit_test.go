package embedded

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gobuffalo/flect"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/alias"
	"github.com/outgrowkit/outgrow/domain/plan"
)

const shop = "example.com/shop"

// repository is what the command embeds.
func repository(t *testing.T) *Source {
	t.Helper()
	s, err := Open(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// roots are the packages of the kit that a project asks for.
var roots = []string{
	"app", "ports/storetest", "ports/bustest", "adapters/channels", "adapters/httpjson", "adapters/jsonwire", "adapters/memory",
	"adapters/sqlite", "adapters/system", "adapters/postgres", "adapters/nats",
}

// optional are the packages that a project may do without.
var optional = []string{"adapters/postgres", "adapters/nats"}

func packages(t *testing.T, folders ...string) []plan.File {
	t.Helper()
	files, err := repository(t).Packages(shop, folders, nil)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestPackagesKnowNothingOfTheTool(t *testing.T) {
	for _, f := range packages(t, roots...) {
		if i := bytes.Index(bytes.ToLower(f.Data), []byte("outgrow")); i >= 0 {
			t.Errorf("%s mentions outgrow: %.60q", f.Path, f.Data[i:])
		}
		if isDerived(f.Path) {
			t.Errorf("%s is derived, and copied", f.Path)
		}
	}
}

func TestPackagesAreClosed(t *testing.T) {
	files := packages(t, "adapters/memory")
	folders := map[string]bool{}
	for _, f := range files {
		folders[path.Dir(f.Path)] = true
	}
	for _, f := range files {
		if path.Ext(f.Path) != ".go" {
			continue
		}
		for _, spec := range parse(t, f).Imports {
			within, ok := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), shop+"/")
			if ok && !folders[within] {
				t.Errorf("%s imports %s, which was not copied", f.Path, within)
			}
		}
	}
	if folders["app"] {
		t.Error("adapters/memory does not need app")
	}
}

// TestPackagesWithout shows that a project without an adapter has nothing that
// mentions it, whatever else it has.
func TestPackagesWithout(t *testing.T) {
	for _, without := range [][]string{optional, optional[:1], optional[1:]} {
		with := slices.DeleteFunc(slices.Clone(roots), func(r string) bool { return slices.Contains(without, r) })
		files, err := repository(t).Packages(shop, with, without)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			for _, w := range without {
				if path.Dir(f.Path) == w || path.Ext(f.Path) == ".go" && bytes.Contains(f.Data, []byte(shop+"/"+w)) {
					t.Errorf("without %v: %s", without, f.Path)
				}
			}
		}
	}
}

const goMod = "module github.com/outgrowkit/outgrow\n\ngo 1.26.0\n"

// TestImportsAreRewrittenByPosition shows that nothing but imports is touched.
func TestImportsAreRewrittenByPosition(t *testing.T) {
	const kit = "github.com/outgrowkit/outgrow/templates/kit"
	source := "package a\n\n// See " + kit + "/b.\nimport (\n\tother \"" + kit + "/b\"\n\t_ `" + kit + "/b`\n\t\"" + kit + "er/b\"\n)\n\nvar s = \"" +
		kit + "/b\"\n"
	s, err := Open(fstest.MapFS{
		"go.mod":                       {Data: []byte(goMod)},
		"adapters/embedded/needs.json": {Data: []byte("{}")},
		"templates/kit/a/a.go":         {Data: []byte(source)},
		"templates/kit/a/a_gen.go":     {Data: []byte("package a\n")},
		"templates/kit/a/sql/1.sql":    {Data: []byte("select 1")},
		"templates/kit/a/sub/sub.go":   {Data: []byte("package sub\n")},
		"templates/kit/b/b.go":         {Data: []byte("package b\n")},
		"templates/kit/c/c.go":         {Data: []byte("package c\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := s.Packages(shop, []string{"a"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	if want := []string{"a/a.go", "a/sql/1.sql", "b/b.go"}; !slices.Equal(paths, want) {
		t.Errorf("copied %v, want %v", paths, want)
	}
	want := "package a\n\n// See " + kit + "/b.\nimport (\n\tother \"" + shop + "/b\"\n\t_ `" + shop + "/b`\n\t\"" + kit + "er/b\"\n)\n\nvar s = \"" +
		kit + "/b\"\n"
	if got := string(files[0].Data); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if _, err := s.Packages(shop, []string{"d"}, nil); err == nil {
		t.Error("a package that there is not was copied")
	}
}

// TestKitLeavesNamesToServices shows that no service, whatever its name, can
// collide with the kit in the packages that both are put into.
func TestKitLeavesNamesToServices(t *testing.T) {
	for folder, taken := range map[string]func(name string) bool{
		"ports": func(name string) bool { return isPlural(name) || strings.HasSuffix(name, "Store") },
		"app": func(name string) bool {
			return isPlural(strings.TrimPrefix(name, "New")) || strings.HasSuffix(name, "Log")
		},
		"adapters/sqlite":   func(name string) bool { return strings.HasSuffix(name, "Store") },
		"adapters/memory":   func(name string) bool { return strings.HasSuffix(name, "Store") },
		"adapters/httpjson": func(name string) bool { return strings.HasPrefix(name, "Mount") || strings.HasSuffix(name, "Client") },
	} {
		for _, f := range packages(t, folder) {
			if path.Dir(f.Path) != folder || path.Ext(f.Path) != ".go" || strings.HasSuffix(f.Path, "_test.go") {
				continue
			}
			if stem := strings.TrimSuffix(path.Base(f.Path), ".go"); (folder == "app" || folder == "ports") && isPlural(stem) {
				t.Errorf("%s is where a service %s would be", f.Path, flect.Singularize(stem))
			}
			for _, name := range exported(t, f) {
				if taken(name) {
					t.Errorf("%s declares %s, which a service could", f.Path, name)
				}
			}
		}
	}
}

// TestNamesOfTheKitAreReserved shows that a domain package is imported under
// another name where the kit declares its name, in the packages that derived and
// scaffolded code is put into.
func TestNamesOfTheKitAreReserved(t *testing.T) {
	for folder, into := range map[string][]string{
		"app":               {"app", "app_test"},
		"ports":             {"ports"},
		"ports/storetest":   {"storetest"},
		"adapters/sqlite":   {"sqlite", "sqlite_test"},
		"adapters/postgres": {"postgres", "postgres_test"},
		"adapters/memory":   {"memory", "memory_test"},
		"adapters/httpjson": {"httpjson"},
		"adapters/jsonwire": {"jsonwire"},
	} {
		for _, f := range packages(t, folder) {
			if path.Dir(f.Path) != folder || path.Ext(f.Path) != ".go" || !slices.Contains(into, parse(t, f).Name.Name) {
				continue
			}
			for _, name := range declarations(t, f) {
				if name == strings.ToLower(name) && !alias.Reserved(name) {
					t.Errorf("%s declares %s, which a domain package of the name would hide", f.Path, name)
				}
			}
		}
	}
}

func isPlural(name string) bool {
	word := strings.ToLower(name)
	return english.English{}.Plural(strings.ToLower(flect.Singularize(word))) == word
}

// exported returns the exported names that a file declares in its package.
func exported(t *testing.T, f plan.File) []string {
	t.Helper()
	return slices.DeleteFunc(declarations(t, f), func(name string) bool { return !token.IsExported(name) })
}

// declarations returns the names that a file declares in its package.
func declarations(t *testing.T, f plan.File) []string {
	t.Helper()
	var names []string
	for _, d := range parse(t, f).Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				names = append(names, declared(spec)...)
			}
		}
	}
	return names
}

func parse(t *testing.T, f plan.File) *ast.File {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Data, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func declared(spec ast.Spec) []string {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return []string{spec.Name.Name}
	case *ast.ValueSpec:
		var names []string
		for _, n := range spec.Names {
			names = append(names, n.Name)
		}
		return names
	}
	return nil
}
