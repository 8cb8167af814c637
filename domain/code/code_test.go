package code_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
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
	p := code.Project{Module: "shop", Apart: []string{"shop/lib"}, Packages: map[string]code.Package{}}
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
		want     string // the messages, or "" for none
	}{
		"what only computes":         {[]string{"shop/domain strings net/url net/netip net/mail log/slog unsafe embed", "shop/app log/slog time sync iter"}, ""},
		"the kit's vocabulary":       {[]string{"shop/domain shop/kit", "shop/ports shop/kit", "shop/app/x shop/kit", "shop/kit net/http"}, ""},
		"another domain":             {[]string{"shop/domain/a shop/domain/b", "shop/domain/b"}, ""},
		"what reaches out":           {[]string{"shop/domain net/http"}, "domain imports net/http"},
		"no more than its name":      {[]string{"shop/domain logic osmosis network"}, ""},
		"a folder of a similar name": {[]string{"shop/domains net/http", "shop/apps shop/adapters/a", "shop/kitchen go.uber.org/fx"}, ""},
		"a module apart":             {[]string{"shop/app shop/lib/x", "shop/lib/x os"}, ""},
		"the shortest way":           {[]string{"shop/domain a.b/c", "a.b/c a.b/d a.b/e", "a.b/d a.b/f", "a.b/f net", "a.b/e os"}, "domain imports a.b/c, which imports a.b/e, which imports os"},
		"in a circle":                {[]string{"shop/domain shop/a", "shop/a shop/b", "shop/b shop/a"}, "domain imports a"},
		"not what is told elsewhere": {[]string{"shop/ports shop/a", "shop/a shop/domain", "shop/domain net"}, "domain imports net\nports imports a"},
		"an ORM before what it uses": {[]string{"shop/domain a.b/c", "a.b/c gorm.io/gorm", "gorm.io/gorm database/sql"}, "domain imports a.b/c, which imports gorm.io/gorm, an ORM"},
		"a later version of one":     {[]string{"shop/domain github.com/jackc/pgx/v5/pgxpool"}, "domain imports github.com/jackc/pgx/v5/pgxpool, a database driver"},
		"the kit's technologies":     {[]string{"shop/domain shop/kit/config", "shop/ports shop/kit/storetest", "shop/app shop/kit/run"}, "app imports kit/run, the runtime\ndomain imports kit/config, a technology of the kit\nports imports kit/storetest, a technology of the kit"},

		"a port of its own folder":      {[]string{"shop/ports shop/ports/mail", "shop/ports/mail shop/domain"}, ""},
		"a suite":                       {[]string{"shop/ports/suite testing shop/kit shop/kit/storetest shop/ports shop/ports/other a.b/cmp", "a.b/cmp os"}, ""},
		"a suite that knows an adapter": {[]string{"shop/ports/suite testing shop/kit/sqlitestore shop/adapters/a"}, "ports/suite imports adapters/a\nports/suite imports kit/sqlitestore, a technology of the kit"},
		"a suite in the ports":          {[]string{"shop/ports shop/ports/suite", "shop/ports/suite testing shop/kit/storetest"}, "ports imports ports/suite, which is for tests"},

		"for tests":                     {[]string{"shop/domain/order/ordertest testing os", "shop/app/apptest testing net/http shop/adapters/memory", "shop/ports/suite testing shop/domain/order/ordertest"}, ""},
		"what is for tests, elsewhere":  {[]string{"shop/app/apptest testing", "shop/app shop/app/apptest", "shop/domain/x shop/domain/xtest", "shop/domain/xtest testing", "shop/app/contest net/http"}, "app imports app/apptest, which is for tests\napp/contest imports net/http\ndomain/x imports domain/xtest, which is for tests"},
		"packages of one's own":         {[]string{"shop/app/orders shop/app/pricing shop/internal/money", "shop/app/pricing", "shop/internal/money math/big a.b/decimal"}, ""},
		"a harmless library":            {[]string{"shop/app golang.org/x/sync/errgroup a.b/decimal", "a.b/decimal database/sql/driver os"}, ""},
		"a library that is not":         {[]string{"shop/app a.b/rates a.b/rows", "a.b/rates net/http", "a.b/rows a.b/x", "a.b/x database/sql"}, "app imports a.b/rates, which imports net/http\napp imports a.b/rows, which imports a.b/x, which imports database/sql"},
		"below app, directly":           {[]string{"shop/app/a/b shop/adapters/sqlite database/sql net/http go.uber.org/fx"}, "app/a/b imports adapters/sqlite\napp/a/b imports database/sql\napp/a/b imports go.uber.org/fx, a wiring library\napp/a/b imports net/http"},
		"in app, through another":       {[]string{"shop/app shop/internal/x", "shop/internal/x shop/internal/y", "shop/internal/y os"}, "app imports internal/x, which imports internal/y, which imports os"},
		"both through it and a library": {[]string{"shop/app a.b/c shop/internal/x", "a.b/c os", "shop/internal/x os"}, "app imports internal/x, which imports os"},

		"its own folders":                 {[]string{"shop/adapters/a/b shop/adapters/a shop/adapters/jsonwire shop/ports shop/kit shop/kit/sqlitestore os x.y/z", "shop/adapters/a shop/adapters/a/b", "x.y/z go.uber.org/fx"}, ""},
		"another's folder":                {[]string{"shop/adapters/a shop/adapters/ab"}, "adapters/a imports adapters/ab"},
		"the wire knows nobody":           {[]string{"shop/adapters/jsonwire shop/adapters/a"}, "adapters/jsonwire imports adapters/a"},
		"app in an adapter":               {[]string{"shop/adapters/a shop/internal/x", "shop/internal/x shop/app/y"}, "adapters/a imports internal/x, which imports app/y"},
		"an adapter that wires":           {[]string{"shop/adapters/a shop/kit/run shop/kit/config shop/internal/x", "shop/internal/x github.com/spf13/viper"}, "adapters/a imports internal/x, which imports github.com/spf13/viper, a configuration library\nadapters/a imports kit/config, a technology of the kit\nadapters/a imports kit/run, the runtime"},
		"the main package, and a second":  {[]string{"shop shop/app go.uber.org/fx shop/adapters/a shop/kit/run", "shop/cmd/report shop/app shop/adapters/a go.uber.org/fx"}, ""},
		"packages that nobody is to know": {[]string{"shop/internal/x go.uber.org/fx net/http"}, ""},
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
		"twice":          {append(slices.Clone(complete), "http.addr"), []string{"config.yaml:7:3: http.addr is set twice, first on line 2;"}},
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
			found := finding.Sorted(p.Configuration("config.yaml", "SHOP", entries))
			if !slices.EqualFunc(found, c.want, func(f finding.Finding, want string) bool { return strings.HasPrefix(f.String(), want) }) {
				t.Errorf("found %v, want %v", found, c.want)
			}
		})
	}
}

func TestSecrets(t *testing.T) {
	p := code.Project{Keys: []code.Key{{Path: "store.dsn", Secret: true}, {Path: "store.dsn_file", Other: true}, {Path: "nats.url"}, {Path: "nats.tokens", Secret: true}}}
	for _, c := range []struct{ path, value, want string }{
		{"store.dsn", "", ""},
		{"store.dsn", "~", ""},
		{"store.dsn_file", "/run/secrets/dsn", ""},
		{"nats.url", "nats://127.0.0.1:4222", ""},
		{"nats.url", "nats://user@host:4222/?a=b:c@d", ""},
		{"nats.url", "10:30 a@b", ""},
		{"store.dsn", "hunter2", "the file contains the secret store.dsn; leave the value empty and set the environment variable SHOP_STORE_DSN, or set SHOP_STORE_DSN_FILE to the path of a file with the secret"},
		{"nats.tokens", "hunter2", "the file contains the secret nats.tokens;"},
		{"nats.url", "nats://a@h,nats://user:hunter2@host:4222", "the value of nats.url contains a password; leave the password out, and set the environment variable SHOP_NATS_URL to the whole value"},
		{"nats.url", "host=db user=shop password=hunter2", "the value of nats.url contains a password;"},
		{"nats.url", "postgres://db/shop?user=shop&password=hunter2", "the value of nats.url contains a password;"},
		{"nats.url", "shop:hunter2@tcp(db:3306)/shop", "the value of nats.url contains a password;"},
	} {
		var got string
		for _, f := range p.Configuration("config.yaml", "SHOP", []code.Entry{{Path: c.path, Value: c.value, Line: 1}}) {
			if f.Rule == "config-secret" {
				got += f.Text()
			}
		}
		if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" || strings.Contains(got, "hunter2") {
			t.Errorf("%s: %s: %q, want %q", c.path, c.value, got, c.want)
		}
	}
}

// TestSymbols compares the symbols of the kit that the rules know with those that its
// root package exports.
func TestSymbols(t *testing.T) {
	names, err := filepath.Glob("../../templates/kit/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var exported []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			exported = append(exported, exportedBy(d)...)
		}
	}
	known := code.Symbols()
	slices.Sort(exported)
	slices.Sort(known)
	if !slices.Equal(exported, known) {
		t.Errorf("the kit exports\n%q\nand the rules know\n%q", exported, known)
	}
}

// exportedBy returns the exported names that a declaration is of; methods have none.
func exportedBy(d ast.Decl) []string {
	var names []*ast.Ident
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name)
			case *ast.ValueSpec:
				names = append(names, s.Names...)
			}
		}
	}
	var exported []string
	for _, n := range names {
		if n.IsExported() {
			exported = append(exported, n.Name)
		}
	}
	return exported
}

func TestUses(t *testing.T) {
	for folder, wants := range map[string]map[string]string{
		"domain/order": {
			"shop/kit.UUID": "", "shop/kit.Secret.Reveal": "", "time.Duration": "", "log/slog.Value": "", "fmt.Errorf": "",
			"shop/kit.Clock":       "domain/order uses kit.Clock, which belongs to a port",
			"shop/kit.SystemClock": "domain/order uses kit.SystemClock, which reads the system clock",
			"shop/kit.Schema":      "domain/order uses kit.Schema, which is for adapters and package main",
			"shop/kit.Mine":        "domain/order uses kit.Mine, which is for adapters and package main",
			"time.Now":             "domain/order reads the clock with time.Now",
			"time.Sleep":           "domain/order waits with time.Sleep",
			"log/slog.Info":        "domain/order uses the global logger through slog.Info",
			"fmt.Println":          "domain/order uses the terminal through fmt.Println",
			"sync.WaitGroup.Go":    "domain/order starts a goroutine with sync.WaitGroup.Go",
		},
		"ports": {
			"shop/kit.Bus": "", "shop/kit.UUID": "",
			"shop/kit.SystemClock": "ports uses kit.SystemClock, which reads the system clock",
			"log/slog.Default":     "ports uses the global logger through slog.Default",
		},
		"app/orders": {
			"shop/kit.Bus": "", "shop/kit.UUID": "", "time.Now": "", "log/slog.Info": "", "sync.WaitGroup.Go": "",
			"shop/kit.API1":        "app/orders uses kit.API1, which is for adapters and package main",
			"shop/kit.SystemClock": "app/orders uses kit.SystemClock, which reads the system clock",
		},
		"adapters/a": {"shop/kit.SystemClock": "", "time.Now": "", "shop/kit.Schema": ""},
		"kit/run":    {"shop/kit.SystemClock": "", "time.Now": ""},
		".":          {"shop/kit.SystemClock": "", "time.Now": ""},
	} {
		for use, want := range wants {
			at := strings.LastIndexByte(use, '/') + 1
			pkg, name, _ := strings.Cut(use[at:], ".")
			facts := []code.Fact{{Kind: code.Uses, Path: use[:at] + pkg, Name: name, Pos: "x.go:3:1"}}
			facts = append(facts, facts[0])
			if want != "" && !strings.HasPrefix(use, "shop/kit") {
				want += "\n" + want // each place is told, but for symbols of the kit
			}
			if got := judge(folder, facts...); got != want {
				t.Errorf("%s, %s: %q, want %q", folder, use, got, want)
			}
		}
	}
}

// judge returns what is found where a file of the folder does something.
func judge(folder string, facts ...code.Fact) string {
	p := code.Project{Module: "shop", Packages: map[string]code.Package{
		path.Join("shop", folder): {Files: []code.File{
			{Name: "x.go", Facts: facts},
			{Name: "x_test.go", Test: true, Facts: []code.Fact{{Kind: code.Inits}}},
		}},
	}}
	var got []string
	for _, f := range p.Findings() {
		got = append(got, f.Message)
	}
	return strings.Join(got, "\n")
}

func TestConduct(t *testing.T) {
	for _, c := range []struct {
		folder string
		fact   code.Fact
		want   string
	}{
		{"domain", code.Fact{Kind: code.Inits}, "domain has a function init, which runs before main"},
		{"app", code.Fact{Kind: code.Inits}, ""},
		{"domain/a", code.Fact{Kind: code.Starts}, "domain/a starts a goroutine"},
		{"app", code.Fact{Kind: code.Starts}, ""},
		{"ports", code.Fact{Kind: code.Keeps, Name: "Call"}, "the struct Call keeps a context"},
		{"ports", code.Fact{Kind: code.Keeps}, "a struct without a name keeps a context"},
		{"adapters/a", code.Fact{Kind: code.Keeps, Name: "Call"}, ""},
		{"domain/a", code.Fact{Kind: code.Changes, Path: "shop/domain/a", Name: "seen"}, "the package variable seen is changed outside its declaration"},
		{"domain/a", code.Fact{Kind: code.Changes, Path: "time", Name: "Local"}, "the package variable Local is changed outside its declaration"},
		{"app", code.Fact{Kind: code.Changes, Path: "shop/ports", Name: "Seen"}, "the package variable Seen is changed outside its declaration"},
		{"app", code.Fact{Kind: code.Changes, Path: "shop/app", Name: "seen"}, ""},
	} {
		if got := judge(c.folder, c.fact); got != c.want {
			t.Errorf("%s: %+v: %q, want %q", c.folder, c.fact, got, c.want)
		}
	}
}
