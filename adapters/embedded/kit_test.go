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

	"github.com/outgrowkit/outgrow/domain/plan"
)

const shop = "example.com/shop"

// repository has the files that the command embeds.
func repository(t *testing.T) *Source {
	t.Helper()
	s, err := Open(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// roots are the packages of the kit that a project of all components imports.
var roots = []string{
	".", "run", "httpserver", "jsoncodec", "storetest", "testserver",
	"memorystore", "sqlitestore", "postgresstore", "chanbus", "natsbus",
}

// optional are those that a project gets if it asks for them.
var optional = []string{"memorycache", "rediscache", "memcachedcache", "nearcache", "folderblobs", "s3blobs", "processlocks", "postgreslocks", "redislocks", "etcdlocks", "zookeeperlocks", "schedule"}

func packages(t *testing.T, folders ...string) []plan.File {
	t.Helper()
	files, err := repository(t).Packages(shop, folders)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestPackagesKnowNothingOfTheTool shows that only prose names the tool.
func TestPackagesKnowNothingOfTheTool(t *testing.T) {
	for _, f := range packages(t, slices.Concat(roots, optional)...) {
		if path.Ext(f.Path) == ".md" {
			continue
		}
		if i := bytes.Index(bytes.ToLower(f.Data), []byte("outgrow")); i >= 0 {
			t.Errorf("%s mentions outgrow: %.60q", f.Path, f.Data[i:])
		}
	}
}

func TestPackagesAreClosed(t *testing.T) {
	files := packages(t, "memorystore")
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
	if folders["kit/run"] {
		t.Error("memorystore does not need run")
	}
}

// TestPackagesOfOtherTechnologiesStay shows that a project has nothing of a technology
// that it does not import.
func TestPackagesOfOtherTechnologiesStay(t *testing.T) {
	for _, f := range packages(t, ".", "run", "httpserver", "jsoncodec", "storetest", "memorystore", "sqlitestore", "chanbus") {
		for _, other := range []string{"postgres", "nats", "testserver"} {
			if strings.HasPrefix(f.Path, "kit/"+other) {
				t.Errorf("%s was copied", f.Path)
			}
		}
		if path.Ext(f.Path) != ".go" {
			continue
		}
		for _, spec := range parse(t, f).Imports {
			for _, other := range []string{"lib/pq", "nats.go", "testcontainers"} {
				if strings.Contains(spec.Path.Value, other) {
					t.Errorf("%s imports %s", f.Path, spec.Path.Value)
				}
			}
		}
	}
}

// TestServersOfTheKitsOwnTestsStay shows that a project gets what runs Postgres, and not
// what only the kit's tests run.
func TestServersOfTheKitsOwnTestsStay(t *testing.T) {
	var names []string
	for _, f := range packages(t, "testserver") {
		names = append(names, path.Base(f.Path))
	}
	if want := []string{"containers.go", "guard.go", "postgres.go"}; !slices.Equal(names, want) {
		t.Errorf("copied %v, want %v", names, want)
	}
}

func TestImported(t *testing.T) {
	folders, err := repository(t).Imported(shop, []plan.File{
		{Path: "a.go", Data: []byte("package a\n\nimport (\n\t\"example.com/shop/kit\"\n\t_ \"example.com/shop/kit/run\"\n\t_ \"example.com/shop/kitchen\"\n)\n")},
		{Path: "b.go", Data: []byte("package b\n\nimport _ \"example.com/shop/kit/run\"\n")},
		{Path: "c.md", Data: []byte("no Go")},
	})
	if want := []string{".", "run"}; err != nil || !slices.Equal(folders, want) {
		t.Errorf("imported %v, %v; want %v", folders, err, want)
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
		"templates/kit/a/a_test.go":    {Data: []byte("package a\n")},
		"templates/kit/a/testdata/x":   {Data: []byte("x")},
		"templates/kit/a/sql/1.sql":    {Data: []byte("select 1")},
		"templates/kit/a/sub/sub.go":   {Data: []byte("package sub\n")},
		"templates/kit/b/b.go":         {Data: []byte("package b\n")},
		"templates/kit/c/c.go":         {Data: []byte("package c\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := s.Packages(shop, []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	if want := []string{"kit/a/a.go", "kit/a/sql/1.sql", "kit/b/b.go"}; !slices.Equal(paths, want) {
		t.Errorf("copied %v, want %v", paths, want)
	}
	want := "package a\n\n// See " + kit + "/b.\nimport (\n\tother \"" + shop + "/kit/b\"\n\t_ `" + shop + "/kit/b`\n\t\"" + kit + "er/b\"\n)\n\nvar s = \"" +
		kit + "/b\"\n"
	if got := string(files[0].Data); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if _, err := s.Packages(shop, []string{"d"}); err == nil {
		t.Error("a package that there is not was copied")
	}
}

func parse(t *testing.T, f plan.File) *ast.File {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Data, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// TestFilesOfAPackage shows that a file which is named for a package that not every
// project has goes with it, and that what it imports does not bring that package.
func TestFilesOfAPackage(t *testing.T) {
	s, err := Open(fstest.MapFS{
		"go.mod":                            {Data: []byte(goMod)},
		"adapters/embedded/needs.json":      {Data: []byte("{}")},
		"templates/kit/kit.go":              {Data: []byte("package kit\n")},
		"templates/kit/cache.go":            {Data: []byte("package kit\n")},
		"templates/kit/docs/cache.md":       {Data: []byte("# Cache\n")},
		"templates/kit/docs/bus.md":         {Data: []byte("# Bus\n")},
		"templates/kit/run/run.go":          {Data: []byte("package run\n")},
		"templates/kit/run/cache.go":        {Data: []byte("package run\n\nimport (\n\t_ \"github.com/outgrowkit/outgrow/templates/kit/cache\"\n\t_ \"github.com/outgrowkit/outgrow/templates/kit/b\"\n)\n")},
		"templates/kit/cache/cache.go":      {Data: []byte("package cache\n")},
		"templates/kit/httpserver/s.go":     {Data: []byte("package httpserver\n")},
		"templates/kit/httpserver/cache.go": {Data: []byte("package httpserver\n")},
		"templates/kit/b/b.go":              {Data: []byte("package b\n")},
		"templates/kit/redis/redis.go":      {Data: []byte("package redis\n\nimport _ \"github.com/outgrowkit/outgrow/templates/kit/cache\"\n")},
		"templates/kit/redis/cache.go":      {Data: []byte("package redis\n")},
		"templates/kit/chans/cached.go":     {Data: []byte("package chans\n")},

		"templates/kit/memorystore/children.go":             {Data: []byte("package memorystore\n")},
		"templates/kit/childrentest/c.go":                   {Data: []byte("package childrentest\n")},
		"templates/kit/memorystore/a.go":                    {Data: []byte("package memorystore\n")},
		"templates/kit/memorystore/constraint.go":           {Data: []byte("package memorystore\n\nimport _ \"github.com/outgrowkit/outgrow/templates/kit/b\"\n")},
		"templates/kit/constrainttest/a.go":                 {Data: []byte("package constrainttest\n\nimport _ \"github.com/outgrowkit/outgrow/templates/kit/memorystore\"\n")},
		"templates/kit/memorystore/cache.go":                {Data: []byte("package memorystore\n")},
		"templates/kit/memorystore/migrations/1_a.sql":      {Data: []byte("select 1")},
		"templates/kit/memorystore/migrations/00003_b.sql":  {Data: []byte("select 1")},
		"templates/kit/memorystore/migrations/2_cache.sql":  {Data: []byte("select 1")},
		"templates/kit/memorystore/migrations/3_caches.sql": {Data: []byte("select 1")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for want, folders := range map[string][]string{
		"kit/chans/cached.go kit/docs/bus.md kit/httpserver/s.go kit/kit.go kit/run/run.go":                                                                                                                                                    {".", "run", "chans", "httpserver"},
		"kit/docs/bus.md kit/kit.go kit/memorystore/a.go kit/memorystore/migrations/1_a.sql kit/memorystore/migrations/3_caches.sql":                                                                                                           {".", "memorystore"},
		"kit/childrentest/c.go kit/memorystore/a.go kit/memorystore/children.go kit/memorystore/migrations/1_a.sql kit/memorystore/migrations/3_caches.sql":                                                                                    {"memorystore", "childrentest"},
		"kit/b/b.go kit/constrainttest/a.go kit/memorystore/a.go kit/memorystore/constraint.go kit/memorystore/migrations/00003_b.sql kit/memorystore/migrations/1_a.sql kit/memorystore/migrations/3_caches.sql":                              {"constrainttest"},
		"kit/b/b.go kit/cache/cache.go kit/memorystore/a.go kit/memorystore/cache.go kit/memorystore/migrations/00003_b.sql kit/memorystore/migrations/1_a.sql kit/memorystore/migrations/2_cache.sql kit/memorystore/migrations/3_caches.sql": {"memorystore", "cache", "b"},
		"kit/b/b.go kit/cache.go kit/cache/cache.go kit/docs/bus.md kit/docs/cache.md kit/httpserver/cache.go kit/httpserver/s.go kit/kit.go kit/redis/cache.go kit/redis/redis.go kit/run/cache.go kit/run/run.go":                            {".", "run", "redis", "httpserver"},
	} {
		files, err := s.Packages(shop, folders)
		if err != nil {
			t.Fatal(err)
		}
		var paths []string
		for _, f := range files {
			paths = append(paths, f.Path)
		}
		slices.Sort(paths)
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("%v:\n%s, want\n%s", folders, got, want)
		}
	}
}
