package gomod_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/gomod"
)

func TestUnion(t *testing.T) {
	ours := `module example.com/shop

go 1.25.0

require example.com/a v1.2.0

require example.com/b v1.0.0 // indirect

replace example.com/a => ../a
`
	theirs := `module example.com/shop

go 1.26.0

toolchain go1.26.2

require (
	example.com/a v1.10.0
	example.com/b v0.9.0 // indirect
	example.com/c v1.0.0
)

exclude example.com/d v1.0.0

tool example.com/c/cmd
`
	want := `module example.com/shop

go 1.26.0

toolchain go1.26.2

require (
	example.com/a v1.10.0
	example.com/c v1.0.0
)

require example.com/b v1.0.0 // indirect

replace example.com/a => ../a

exclude example.com/d v1.0.0

tool example.com/c/cmd
`
	got, err := gomod.Union([]byte(ours), []byte(theirs))
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
}

func TestUnionRefuses(t *testing.T) {
	const shop = "module example.com/shop\n"
	for name, c := range map[string]struct{ theirs, want string }{
		"another module":      {"module example.com/store\n", "the module is example.com/shop here and example.com/store there"},
		"no module":           {"go 1.26\n", "example.com/shop here and without a name there"},
		"another replacement": {shop + "replace example.com/a => ../b\n", "example.com/a is replaced by ../a here and by ../b there"},
		"no go.mod":           {"{", "go.mod:1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gomod.Union([]byte(shop+"replace example.com/a => ../a\n"), []byte(c.theirs))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestUnionSums(t *testing.T) {
	got := string(gomod.UnionSums([]byte("b v1.0.0 h1:x\nb v1.0.0/go.mod h1:y\n"), []byte("a v1.0.0 h1:z\nb v1.0.0/go.mod h1:y\n\nb v1.0.0-rc h1:v\nbroken\n")))
	if want := "a v1.0.0 h1:z\nb v1.0.0-rc h1:v\nb v1.0.0 h1:x\nb v1.0.0/go.mod h1:y\nbroken\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
