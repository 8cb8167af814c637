package gosource_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/outgrowkit/outgrow/adapters/gosource"
	"github.com/outgrowkit/outgrow/domain/code"
)

// inspected is a project with an example of everything that is read.
var inspected = map[string]string{
	"go.mod":                    "module shop\n\ngo 1.26\n",
	"kit/secret.go":             "package kit\n\ntype Secret struct{ text string }\n\nfunc (s *Secret) UnmarshalText([]byte) error { return nil }\n",
	"kit/run/run.go":            "package run\n\nimport \"time\"\n\ntype Config struct {\n\tLog struct{ Level string }\n}\n\nvar now = time.Now()\n",
	"domain/order/order.go":     "package order\n\ntype Order struct {\n\tID string `json:\"id\"`\n}\n",
	"domain/order/a_test.go":    "package order\n\nimport \"os\"\n\nvar _ = struct {\n\tA int `json:\"a\"`\n}{len(os.Args)}\n",
	"domain/order/b_windows.go": "package order\n\nimport \"log\"\n",
	"domain/order/script.go":    "//go:build ignore\n\npackage main\n\nimport \"net\"\n",
	"domain/order/_hidden.go":   "package order\n\nimport \"net\"\n",
	"ports/orders.go":           "package ports\n\nimport \"shop/domain/order\"\n\ntype Orders interface{ Get() order.Order }\n",
	"app/orders.go":             "package app\n\nimport \"shop/domain/order\"\n\ntype Orders struct{}\n\nfunc (*Orders) Get() order.Order { return order.Order{} }\n",
	"main.go":                   "package main\n\nimport \"example.com/fx\"\n\nfunc main() { fx.New() }\n",
	"wiring_gen.go": "package main\n\nimport (\n\t\"shop/kit\"\n\t\"shop/kit/run\"\n)\n\ntype Derived struct {\n\trun.Config\n\n" +
		"\tDB     struct{ DSN kit.Secret } `config:\"database\"`\n}\n",
	"config.go": "package main\n\nimport (\n\t\"time\"\n\n\t\"example.com/theirs\"\n\t\"shop/kit\"\n)\n\ntype Config struct {\n" +
		"\tDerived\n\tHTTP     HTTPConfig\n\tSince    time.Time\n\tTheirs   theirs.Config\n\tURLs     []string\n\tTokens   []kit.Secret\n\tinternal int\n}\n\n" +
		"type HTTPConfig struct {\n\tReadTimeout time.Duration\n\tTLSCert     string\n\tMaxInFlight int\n}\n",
}

// inspect reads the project after edits. They map the names of files to texts, or to ""
// for files to delete.
func inspect(t *testing.T, edited map[string]string) (code.Project, error) {
	t.Helper()
	files := fstest.MapFS{}
	for _, all := range []map[string]string{inspected, edited} {
		for name, text := range all {
			files[name] = &fstest.MapFile{Data: []byte(text)}
			if text == "" {
				delete(files, name)
			}
		}
	}
	return gosource.Inspect(t.Context(), files, "")
}

func TestInspect(t *testing.T) {
	p, err := inspect(t, nil)
	if err != nil || len(p.Problems) > 0 {
		t.Fatalf("%v %v", p.Problems, err)
	}
	if want := []string{"domain/order/order.go:4:12"}; !slices.Equal(p.Tags, want) {
		t.Errorf("tags at %v, want %v", p.Tags, want)
	}
	var imports []string
	for _, pkg := range p.Packages {
		for _, f := range pkg.Files {
			for _, i := range f.Imports {
				if strings.HasPrefix(f.Name, "domain/") {
					imports = append(imports, fmt.Sprintf("%s %s test=%t foreign=%t", i.Pos, i.Path, f.Test, f.Foreign))
				}
			}
		}
	}
	slices.Sort(imports)
	if want := []string{"domain/order/a_test.go:3:8 os test=true foreign=false", "domain/order/b_windows.go:3:8 log test=false foreign=true"}; !slices.Equal(imports, want) {
		t.Errorf("imports %q, want %q", imports, want)
	}
}

func TestInspectKeys(t *testing.T) {
	p, err := inspect(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []code.Key{
		{Path: "log", Section: true}, {Path: "log.level"},
		{Path: "database", Section: true}, {Path: "database.dsn", Secret: true}, {Path: "database.dsn_file", Other: true},
		{Path: "http", Section: true}, {Path: "http.read_timeout"}, {Path: "http.tls_cert"}, {Path: "http.max_in_flight"},
		{Path: "since"}, {Path: "theirs", Open: true}, {Path: "ur_ls"}, {Path: "tokens", Secret: true},
	}
	if !slices.Equal(p.Keys, want) {
		t.Errorf("%+v\nwant\n%+v", p.Keys, want)
	}
	for name, edited := range map[string]string{
		"no struct":       "package main\n\ntype Config int\n",
		"of another name": "package main\n\ntype Settings struct{ A int }\n",
		"in itself":       "package main\n\ntype Config struct{ Config }\n",
		"of what is gone": "package main\n\ntype Config struct {\n\tMissing\n\tA int\n}\n",
	} {
		p, err := inspect(t, map[string]string{"config.go": edited})
		if err != nil || len(p.Keys) > 0 {
			t.Errorf("%s: %v %v", name, p.Keys, err)
		}
	}
}

// TestInspectWhatIsBroken shows that a project that does not compile, or even parse, is
// read as far as possible.
func TestInspectWhatIsBroken(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"no Go":     {"app/broken.go", "package app\n\nfunc (\n", "app/broken.go:3:8: expected ')', found 'EOF'"},
		"a mistake": {"app/broken.go", "package app\n\nvar _ = nowhere\n", "app/broken.go:3:9: undefined: nowhere"},
		"a go.mod":  {"go.mod", "module shop\n\nrequires x\n", "go.mod:3:1: unknown directive: requires"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := inspect(t, map[string]string{c.file: c.text})
			if err != nil || p.Problems.Error() != c.want {
				t.Errorf("%q %v, want %q", p.Problems.Error(), err, c.want)
			}
			if c.file != "go.mod" && (len(p.Tags) != 1 || len(p.Keys) != 13) {
				t.Errorf("tags %v, keys %v", p.Tags, p.Keys)
			}
		})
	}
	if _, err := inspect(t, map[string]string{"go.mod": ""}); err == nil {
		t.Error("a project without go.mod was read")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	files := fstest.MapFS{"go.mod": {Data: []byte("module shop\n")}, "domain/a.go": {Data: []byte("package domain\n\nimport \"os\"\n")}}
	if _, err := gosource.Inspect(ctx, files, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
