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
		"a short name":      {"a/b.go", "package a\n\nimport \"example.com/cobra\"\n\nvar _ = cobra.Of(c.Name)\n", "a/b.go:5:18: undefined: c"},
		"a short package":   {"a/b.go", "package a\n\nimport \"example.com/go-pq\"\n\nvar _ = pq.Of()\n", ""},
		"who uses it":       {"a/a.go", "package a\n\ntype T struct{ n int }\n", "main.go:5:17: undefined: a.Do"},
		"an import":         {"c/d.go", "package c\n\nimport (\n\t\"example.com/others.go\"\n\t\"os\"\n)\n\nvar _ = others.New\n", `c/d.go:5:2: "os" imported and not used`},
		"no package":        {"c/d.go", "package c\n\nimport _ \"shop/d\"\n", "could not import shop/d (no such package)"},
		"a circle":          {"a/b.go", "package a\n\nimport _ \"shop/b\"\n", "could not import shop/a (import cycle: shop/a imports shop/b imports shop/a)"},
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

// unseen is a package in which everything compiles, whatever the packages are that it
// imports: they embed, alias and convert what is not looked at.
const unseen = `package d

import (
	"io"
	"testing"

	. "example.com/assert"
	"example.com/go-words"
	"example.com/jwt/v5"
	"example.com/pgx/v5"
	"example.com/suite"

	"shop/d/testdata/samples"
)

type Suite struct{ suite.Suite }

type (
	Digest words.Digest
	Words  = words.Words
	Reader interface{ words.Reader }
)

var hasAVX = words.HasAVX

func TestSuite(t *testing.T) {
	s := &Suite{}
	s.NoError(s.T(), nil)
	Equal(t, samples.All, Digest("a"+"b"))
	var w Words
	w.Close()
	_ = w.Pipe().(io.Closer)
	var r Reader = jwt.Reader(pgx.Connect(w))
	r.Reset()
	if hasAVX {
		return
	}
	var _ io.Reader = s
}
`

func TestCompileWithUnseen(t *testing.T) {
	for name, c := range map[string]struct{ more, want string }{
		"nothing":           {"", ""},
		"a mistake":         {"var _ int = \"one\"\n", "d/d.go:40:13: cannot use"},
		"in a function":     {"func f() string {\n\ts := &Suite{}\n\ts.Run()\n\treturn 1\n}\n", "d/d.go:43:9: cannot use 1"},
		"a missing method":  {"type closer struct{}\n\nvar _ io.Closer = closer{}\n", "d/d.go:42:19: cannot use closer{}"},
		"no such method":    {"func g(c io.Closer) { c.Open() }\n", "d/d.go:40:25: c.Open undefined"},
		"a name of the own": {"var _ = samples.None\n", "d/d.go:40:17: undefined: samples.None"},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{
				"go.mod":                        {Data: []byte("module shop\n\ngo 1.26\n")},
				"d/d.go":                        {Data: []byte(unseen + c.more)},
				"d/testdata/samples/samples.go": {Data: []byte("package samples\n\nvar All = []string{}\n")},
				"d/testdata/broken/broken.go":   {Data: []byte("package broken broken\n")},
				"e/e.go":                        {Data: []byte("package e\n\nimport \"shop/d\"\n\nfunc f(s d.Suite) error { return s.Err() }\n")},
			}
			problems, err := gosource.Compile(t.Context(), files, "")
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" && len(problems) > 0 || !strings.HasPrefix(problems.Error(), c.want) {
				t.Errorf("%q, want %q", problems.Error(), c.want)
			}
		})
	}
}
