package code_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/code"
	"github.com/outgrowkit/outgrow/domain/finding"
)

// project returns a project in which packages import others: "a b c" means that a
// imports b and c. A path with a dot is third-party; without one, it is in the standard
// library unless it is a folder of the project.
func project(packages ...string) code.Project {
	p := code.Project{Module: "shop", Packages: map[string]code.Package{}}
	for _, text := range packages {
		words := strings.Fields(text)
		pkg := p.Packages[words[0]]
		if strings.HasPrefix(words[0], "shop") {
			f := code.File{Name: "x.go"}
			for _, path := range words[1:] {
				f.Imports = append(f.Imports, code.Import{Path: path, Pos: "x.go:1:1"})
			}
			pkg.Files = append(pkg.Files, f)
		} else {
			pkg.Imports = words[1:]
		}
		p.Packages[words[0]] = pkg
		for _, path := range words[1:] {
			if _, known := p.Packages[path]; !known && !strings.HasPrefix(path, "shop") {
				p.Packages[path] = code.Package{Standard: !strings.Contains(path, ".")}
			}
		}
	}
	return p
}

func TestImports(t *testing.T) {
	for name, c := range map[string]struct {
		packages []string
		want     string // the message, or "" for none
	}{
		"what only computes":         {[]string{"shop/domain strings net/url net/netip net/mail log/slog unsafe embed"}, ""},
		"another domain":             {[]string{"shop/domain/a shop/domain/b", "shop/domain/b"}, ""},
		"what reaches out":           {[]string{"shop/domain net/http"}, "domain imports net/http"},
		"no more than its name":      {[]string{"shop/domain logic osmosis network"}, ""},
		"a folder of a similar name": {[]string{"shop/domains net/http"}, ""},
		"the shortest way":           {[]string{"shop/domain a.b/c", "a.b/c a.b/d a.b/e", "a.b/d a.b/f", "a.b/f net", "a.b/e os"}, "domain imports a.b/c, which imports a.b/e, which imports os"},
		"in a circle":                {[]string{"shop/domain shop/a", "shop/a shop/b", "shop/b shop/a"}, "domain imports a"},
		"not what is told elsewhere": {[]string{"shop/ports shop/a", "shop/a shop/domain", "shop/domain net"}, "domain imports net\nports imports a"},
		"an ORM before what it uses": {[]string{"shop/domain a.b/c", "a.b/c gorm.io/gorm", "gorm.io/gorm database/sql"}, "domain imports a.b/c, which imports gorm.io/gorm, an ORM"},
		"a later version of one":     {[]string{"shop/domain github.com/jackc/pgx/v5/pgxpool"}, "domain imports github.com/jackc/pgx/v5/pgxpool, a database driver"},
		"its own folders":            {[]string{"shop/adapters/a/b shop/adapters/a shop/adapters/jsonwire shop/ports os x.y/z", "shop/adapters/a shop/adapters/a/b"}, ""},
		"another's folder":           {[]string{"shop/adapters/a shop/adapters/ab"}, "adapters/a imports adapters/ab"},
		"the wire knows nobody":      {[]string{"shop/adapters/jsonwire shop/adapters/a"}, "adapters/jsonwire imports adapters/a"},
		"the main package":           {[]string{"shop shop/app", "shop/app go.uber.org/fx"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := project(c.packages...)
			var got []string
			for _, f := range p.Findings() {
				got = append(got, f.Message)
			}
			slices.Sort(got)
			if text := strings.Join(got, "\n"); text != c.want {
				t.Errorf("%q, want %q", text, c.want)
			}
		})
	}
}

func TestMissing(t *testing.T) {
	for reason, want := range map[string]string{
		"no required module provides package a.b/c; to add it:\n\tgo get a.b/c": "no module in go.mod provides the package a.b/c; run go mod tidy, or go get a.b/c",
		"missing go.sum entry for module providing package a.b/c":               "go.sum has no checksum for the module that provides a.b/c; run go mod tidy",
		"a.b/c@v1: reading http://x: 404":                                       "a.b/c@v1: reading http://x: 404; run go mod download to see why",
	} {
		p := project("shop/app a.b/c")
		p.Packages["a.b/c"] = code.Package{Missing: reason}
		found := p.Findings()
		if len(found) != 1 || found[0].Text() != want {
			t.Errorf("%v, want %s", found, want)
		}
	}
}

func TestConfiguration(t *testing.T) {
	keys := []code.Key{
		{Path: "http", Section: true}, {Path: "http.addr"}, {Path: "http.max_body"},
		{Path: "store", Section: true}, {Path: "store.dsn"}, {Path: "store.dsn_file", Other: true},
		{Path: "theirs", Open: true},
	}
	complete := []string{"http", "http.addr", "http.max_body", "store", "store.dsn", "theirs"}
	without := func(names ...string) []string {
		return slices.DeleteFunc(slices.Clone(complete), func(name string) bool { return slices.Contains(names, name) })
	}
	for name, c := range map[string]struct {
		there []string // one on each line
		want  []string
	}{
		"complete":       {complete, nil},
		"an item":        {append(slices.Clone(complete), "http.addr[]"), nil},
		"below theirs":   {append(slices.Clone(complete), "theirs.a", "theirs.a.b"), nil},
		"of a file":      {append(without("store.dsn"), "store.dsn_file"), nil},
		"unknown":        {append(slices.Clone(complete), "cache", "cache.size", "cache.age"), []string{"config.yaml:7:3: unknown key cache;"}},
		"missing":        {without("http.addr"), []string{"config.yaml:1: the key http.addr is missing;"}},
		"misspelt":       {append(without("http.max_body"), "http.maxbody"), []string{`config.yaml:6:3: unknown key http.maxbody (did you mean "http.max_body"?);`}},
		"no section":     {without("http", "http.addr", "http.max_body"), []string{"config.yaml:1: the section http is missing;"}},
		"nothing":        {nil, []string{"config.yaml:1: the key theirs is missing;", "config.yaml:1: the section http is missing;", "config.yaml:1: the section store is missing;"}},
		"twice":          {append(slices.Clone(complete), "http.addr"), []string{"config.yaml:7:3: duplicate key http.addr, first set on line 2;"}},
		"below a value":  {append(slices.Clone(complete), "http.addr.port"), []string{"config.yaml:7:3: unknown key http.addr.port;"}},
		"nothing is set": {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := code.Project{Keys: keys}
			if c.there == nil && c.want == nil {
				p.Keys = nil // the keys are not known
			}
			var entries []code.Entry
			for i, path := range c.there {
				path, item := strings.CutSuffix(path, "[]")
				entries = append(entries, code.Entry{Path: path, Item: item, Line: i + 1, Column: 3})
			}
			found := finding.Sorted(p.Configuration("config.yaml", entries))
			if !slices.EqualFunc(found, c.want, func(f finding.Finding, want string) bool { return strings.HasPrefix(f.String(), want) }) {
				t.Errorf("found %v, want %v", found, c.want)
			}
		})
	}
}
