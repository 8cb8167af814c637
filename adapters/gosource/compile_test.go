package gosource_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/outgrowkit/outgrow/adapters/gosource"
)

// module is a project that compiles, with internal and external tests, packages that
// import a tested package, and third-party packages.
var module = map[string]string{
	"go.mod":               "module shop\n\ngo 1.26\n",
	"main.go":              "package main\n\nimport \"shop/a\"\n\nfunc main() { a.Do() }\n",
	"a/a.go":               "package a\n\nimport \"strings\"\n\ntype T struct{ n int }\n\nfunc Do() string { return strings.ToUpper(\"a\") }\n",
	"a/export_test.go":     "package a\n\nfunc (t T) N() int { return t.n }\n",
	"a/a_test.go":          "package a_test\n\nimport (\n\t\"shop/a\"\n\t\"shop/b\"\n)\n\nvar _ = b.Of(a.T{}).N()\n",
	"b/b.go":               "package b\n\nimport \"shop/a\"\n\nfunc Of(t a.T) a.T { return t }\n",
	"c/replaced.go":        "package c\n\nimport \"corp/lib\"\n\nvar _ = lib.Do()\n",
	"c/c.go":               "package c\n\nimport \"example.com/others.go\"\n\nfunc Do() {\n\tx := others.New([]others.T{{A: 1}})\n\tfor range x {\n\t}\n\tn := others.N\n}\n",
	"other/go.mod":         "module other\n",
	"other/broken.go":      "package other\n\nvar _ = nowhere\n",
	"a/testdata/broken.go": "package",
	"a/windows_js.go":      "package a\n\nvar _ = nowhere\n",
}

func TestCompile(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"nothing":           {"", "", ""},
		"within a function": {"a/b.go", "package a\n\nfunc do() { nowhere() }\n", "a/b.go:3:13: undefined: nowhere"},
		"a test within":     {"a/b_test.go", "package a\n\nvar _ int = Do()\n", "a/b_test.go:3:13: cannot use Do() (value of type string) as int value in variable declaration"},
		"a test outside":    {"a/b_test.go", "package a_test\n\nvar _ = nowhere\n", "a/b_test.go:3:9: undefined: nowhere"},
		"who uses it":       {"a/a.go", "package a\n\ntype T struct{ n int }\n", "main.go:5:17: undefined: a.Do"},
		"an import":         {"c/d.go", "package c\n\nimport (\n\t\"example.com/others.go\"\n\t\"os\"\n)\n\nvar _ = others.New\n", `c/d.go:5:2: "os" imported and not used`},
		"no package":        {"c/d.go", "package c\n\nimport _ \"shop/d\"\n", "could not import shop/d (no such package)"},
		"a circle":          {"a/b.go", "package a\n\nimport _ \"shop/b\"\n", "could not import shop/a (import cycle)"},
		"no Go":             {"a/b.go", "package a\n\nfunc (", "a/b.go:3:7: expected ')', found 'EOF'"},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, text := range module {
				files[name] = &fstest.MapFile{Data: []byte(text)}
			}
			if c.file != "" {
				files[c.file] = &fstest.MapFile{Data: []byte(c.text)}
			}
			problems, err := gosource.Compile(t.Context(), files, "")
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" && len(problems) > 0 || !strings.Contains(problems.Error(), c.want) {
				t.Errorf("%q, want %q", problems.Error(), c.want)
			}
		})
	}
}
