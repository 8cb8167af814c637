package gomerge_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/outgrowkit/outgrow/adapters/gomerge"
)

// what goes into main.go and config.go.
const (
	line = `package main

import (
	"os"

	"go.uber.org/fx"

	"example.com/shop/app"
	"example.com/shop/kit/run"
)

func wiring(c Config) fx.Option {
	return fx.Options(
		run.Subscribe(app.NewReceipt),
	)
}
`
	supply = `package main

import "go.uber.org/fx"

func wiring(c Config) fx.Option {
	return fx.Options(
		fx.Supply(c.Orders),
	)
}
`
	field = `package main

import "example.com/shop/app"

type Config struct {
	Orders app.OrdersConfig
}
`
)

// TestAppend shows where a line of the wiring, or a field of a struct, comes to be in files
// that people have edited.
func TestAppend(t *testing.T) {
	const head = "package main\n\nimport (\n\t\"go.uber.org/fx\"\n\n\t\"example.com/shop/kit/run\"\n)\n\n"
	const withApp = "package main\n\nimport (\n\t\"go.uber.org/fx\"\n\n\t\"example.com/shop/app\"\n\t\"example.com/shop/kit/run\"\n)\n\n"
	for name, c := range map[string]struct{ what, mine, want string }{
		"last": {
			line,
			head + "func wiring(c Config) fx.Option {\n\treturn fx.Options(\n\t\tderived(c),\n\t\trun.Ready(\"x\", y), // mine\n\t)\n}\n",
			withApp + "func wiring(c Config) fx.Option {\n\treturn fx.Options(\n\t\tderived(c),\n\t\trun.Ready(\"x\", y), // mine\n\t\trun.Subscribe(app.NewReceipt),\n\t)\n}\n",
		},
		"on one line": {
			line,
			head + "func wiring(c Config) fx.Option { return fx.Options(derived(c), run.Ready(\"x\", y)) }\n",
			withApp + "func wiring(c Config) fx.Option {\n\treturn fx.Options(derived(c), run.Ready(\"x\", y), run.Subscribe(app.NewReceipt))\n}\n",
		},
		"in the outer list": {
			line,
			head + "func wiring(c Config) fx.Option {\n\treturn fx.Options(\n\t\tfx.Options(\n\t\t\ta,\n\t\t),\n\t)\n}\n",
			withApp + "func wiring(c Config) fx.Option {\n\treturn fx.Options(\n\t\tfx.Options(\n\t\t\ta,\n\t\t),\n\t\trun.Subscribe(app.NewReceipt),\n\t)\n}\n",
		},
		"in a function of another name": {
			line,
			head + "func parts(c Config) fx.Option {\n\treturn fx.Options(\n\t\tderived(c),\n\t)\n}\n\nvar _ = run.Ready\n",
			withApp + "func parts(c Config) fx.Option {\n\treturn fx.Options(\n\t\tderived(c),\n\t\trun.Subscribe(app.NewReceipt),\n\t)\n}\n\nvar _ = run.Ready\n",
		},
		"with a parameter of another name": {
			supply,
			head + "func parts(n int, cfg Config) fx.Option {\n\treturn fx.Options(\n\t\tderived(cfg),\n\t)\n}\n\nvar _ = run.Ready\n",
			head + "func parts(n int, cfg Config) fx.Option {\n\treturn fx.Options(\n\t\tderived(cfg),\n\t\tfx.Supply(cfg.Orders),\n\t)\n}\n\nvar _ = run.Ready\n",
		},
		"there already with another name": {supply, "package main\n\nfunc wiring(cfg Config) fx.Option { return fx.Options(fx.Supply(cfg.Orders)) }\n", ""},
		"there already": {
			line,
			withApp + "func wiring(c Config) fx.Option {\n\treturn fx.Options(\n\t\trun.Subscribe(app.NewReceipt),\n\t\tderived(c),\n\t)\n}\n",
			"",
		},
		"a field": {
			field,
			"package main\n\ntype Config struct {\n\tDerived\n\n\tMine int // of mine\n}\n",
			"package main\n\nimport \"example.com/shop/app\"\n\ntype Config struct {\n\tDerived\n\n\tMine   int // of mine\n\tOrders app.OrdersConfig\n}\n",
		},
		"a field of a struct on one line": {
			field,
			"package main\n\ntype Config struct{ Derived }\n",
			"package main\n\nimport \"example.com/shop/app\"\n\ntype Config struct {\n\tDerived\n\tOrders app.OrdersConfig\n}\n",
		},
		"a field that is there": {field, "package main\n\ntype Config struct {\n\tOrders int\n}\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			changed, byHand, err := gomerge.Append(fstest.MapFS{"main.go": {Data: []byte(c.mine)}}, "main.go", []byte(c.what))
			if err != nil || len(byHand) > 0 {
				t.Fatalf("%v %q", err, byHand)
			}
			got := ""
			for _, f := range changed {
				got += string(f.Data)
			}
			if got != c.want {
				t.Errorf("%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestAppendFindsNoPlace shows that nothing is guessed.
func TestAppendFindsNoPlace(t *testing.T) {
	for name, c := range map[string]struct{ what, mine, want string }{
		"two lists":             {line, "package main\n\nfunc wiring(c Config) fx.Option {\n\tif c.X {\n\t\treturn fx.Options(a)\n\t}\n\treturn fx.Options(b)\n}\n", "run.Subscribe(app.NewReceipt),"},
		"two functions":         {line, "package main\n\nfunc a() fx.Option { return fx.Options(a) }\n\nfunc b() fx.Option { return fx.Options(b) }\n", "in func wiring, add:"},
		"the list is a slice":   {line, "package main\n\nfunc wiring() fx.Option { return fx.Options(all...) }\n", "run.Subscribe(app.NewReceipt),"},
		"without the parameter": {supply, "package main\n\nfunc wiring() fx.Option { return fx.Options(derived(load())) }\n", "fx.Supply(c.Orders),"},
		"a parameter unnamed":   {supply, "package main\n\nfunc wiring(_ Config) fx.Option { return fx.Options(derived(load())) }\n", "fx.Supply(c.Orders),"},
		"not in a function":     {supply, "package main\n\nvar parts = fx.Options(derived(load()))\n", "fx.Supply(c.Orders),"},
		"no struct":             {field, "package main\n\ntype Config = Other\n", "Orders app.OrdersConfig"},
		"no struct of the name": {field, "package main\n\ntype Settings struct {\n\tDerived\n}\n", "in type Config, add:"},
	} {
		t.Run(name, func(t *testing.T) {
			changed, byHand, err := gomerge.Append(fstest.MapFS{"main.go": {Data: []byte(c.mine)}}, "main.go", []byte(c.what))
			if err != nil || len(changed) > 0 || len(byHand) != 1 || !strings.Contains(byHand[0], c.want) {
				t.Errorf("%v %q, want only to be told %q", err, byHand, c.want)
			}
		})
	}
	test := fstest.MapFS{"main_test.go": {Data: []byte("package main\n")}}
	if changed, byHand, err := gomerge.Append(test, "main_test.go", []byte(field)); err != nil || len(changed)+len(byHand) > 0 {
		t.Errorf("a test that was removed: %v %v %v", changed, byHand, err)
	}
}
