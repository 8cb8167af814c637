package gomerge_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/gomerge"
	"github.com/outgrowkit/outgrow/domain/plan"
)

const (
	before = `package order

import (
	"fmt"

	"example.com/shop/domain"
)

// Details are what one decides.
type Details struct {
	Name string
}

func (d Details) check() error {
	var v domain.Violations
	v.Line("Name", d.Name)
	return v.Err("order")
}

func (d Details) String() string {
	return fmt.Sprint(d.Name)
}
`
	after = `package order

import (
	"fmt"
	"time"

	"example.com/shop/domain"
)

// Details are what one decides.
type Details struct {
	Name    string
	DueTime time.Time
}

// Zone is new.
type Zone string

func (d Details) check() error {
	var v domain.Violations
	v.Line("Name", d.Name)
	v.Required("DueTime", d.DueTime.IsZero())
	return v.Err("order")
}

func (d Details) String() string {
	return fmt.Sprint(d.Name)
}
`
)

func TestMerge(t *testing.T) {
	for name, tt := range map[string]struct {
		there  map[string]string // the project's files in the folder
		want   map[string]string // texts in this order in each file that changes
		byHand string            // the instructions instead
	}{
		"nothing was edited": {
			there: map[string]string{"order.go": before},
			want:  map[string]string{"order.go": "\t\"fmt\"\n\t\"time\"\n|\tDueTime time.Time\n|// Zone is new.\n|\tv.Required(\"DueTime\""},
		},
		"every declaration is in a file of its own": {
			there: map[string]string{
				"details.go": "package order\n\ntype Details struct {\n\tName string\n}\n",
				"check.go": "package order\n\nimport \"example.com/shop/domain\"\n\nfunc (d Details) check() error {\n\tvar v domain.Violations\n" +
					"\tv.Line(\"Name\", d.Name)\n\treturn v.Err(\"order\")\n}\n",
				"string.go": "package order\n\nfunc (d Details) String() string { return d.Name }\n",
			},
			want: map[string]string{
				"details.go": "package order\n\nimport \"time\"\n\ntype|\tName    string\n\tDueTime time.Time\n}|// Zone is new.",
				"check.go":   "v.Line|v.Required(\"DueTime\", d.DueTime.IsZero())\n\treturn",
			},
		},
		"a function and its type were renamed": {
			there: map[string]string{"order.go": strings.NewReplacer("check", "validate", "Details", "Terms").Replace(before)},
			want:  map[string]string{"order.go": "\tDueTime time.Time\n|func (d Terms) validate|v.Required"},
		},
		"it was not formatted, and stays so": {
			there: map[string]string{"order.go": strings.Replace(before, "\tName string", "  Name   string // mine", 1)},
			want:  map[string]string{"order.go": "{\n  Name   string // mine\n\tDueTime time.Time\n}"},
		},
		"an import has another name": {
			there: map[string]string{"order.go": strings.Replace(before, "\"fmt\"", "\"fmt\" // why\n\tclock \"time\"", 1)},
			want:  map[string]string{"order.go": "clock \"time\"\n\n|DueTime time.Time"},
		},
		"what was added by hand is not added again": {
			there: map[string]string{"order.go": after},
			want:  map[string]string{},
		},
		"the rules are in another function": {
			there: map[string]string{"order.go": strings.Replace(before, "\tvar v domain.Violations\n\tv.Line(\"Name\", d.Name)\n\treturn v.Err(\"order\")\n}",
				"\treturn rules(d)\n}\n\nfunc rules(d Details) error {\n\tvar v domain.Violations\n\tv.Line(\"Name\", d.Name) // first\n\treturn v.Err(\"order\")\n}", 1)},
			want: map[string]string{"order.go": "func rules|// first\n\tv.Required"},
		},
		"the rules are in another function under another name": {
			there: map[string]string{"order.go": strings.Replace(before, "func (d Details) check() error {\n\tvar v domain.Violations\n\tv.Line(\"Name\", d.Name)\n\treturn v.Err(\"order\")\n}",
				"func (d Details) rules() error {\n\tif d == (Details{}) {\n\t\treturn nil\n\t}\n\tif d.Name == \"x\" {\n\t\treturn nil\n\t}\n\tvar v domain.Violations\n\treturn v.Err(\"order\")\n}", 1)},
			want: map[string]string{"order.go": "func (d Details) rules|var v domain.Violations\n\tv.Required(\"DueTime\", d.DueTime.IsZero())\n\treturn"},
		},
		"variables and a package have other names": {
			there: map[string]string{"order.go": strings.NewReplacer("(d ", "(f ", "d.Name", "f.Name", "var v", "var wrong", "v.", "wrong.",
				"\"example.com/shop/domain\"", "base \"example.com/shop/domain\"", "domain.Violations", "base.Violations").Replace(before)},
			want: map[string]string{"order.go": "wrong.Line(\"Name\", f.Name)\n\twrong.Required(\"DueTime\", f.DueTime.IsZero())"},
		},
		"it is on one line": {
			there: map[string]string{"order.go": strings.NewReplacer("type Details struct {\n\tName string\n}", "type Details struct{ Name string }",
				"{\n\tvar v domain.Violations\n\tv.Line(\"Name\", d.Name)\n\treturn v.Err(\"order\")\n}", "{ var v domain.Violations; return v.Err(\"order\") }").Replace(before)},
			want: map[string]string{"order.go": "{\n\tName    string\n\tDueTime time.Time\n}|var v domain.Violations|v.Required|return v.Err"},
		},
		"every field has another type": {
			there: map[string]string{"order.go": strings.Replace(before, "\tName string\n", "\tName Called\n", 1) + "\ntype Called string\n\ntype other struct {\n\tName string\n}\n"},
			want:  map[string]string{"order.go": "\tName    Called\n\tDueTime time.Time\n}|type other struct {\n\tName string\n}"},
		},
		"the field is there, and has a comment": {
			there: map[string]string{"order.go": strings.Replace(after, "\tName    string\n\tDueTime time.Time\n", "\tDueTime time.Time // mine\n\tName    Called\n", 1) + "\ntype Called string\n"},
			want:  map[string]string{},
		},
		"a function has another body": {
			there:  map[string]string{"order.go": strings.Replace(before, "\tvar v domain.Violations\n\tv.Line(\"Name\", d.Name)\n\treturn v.Err(\"order\")", "\treturn nil", 1)},
			byHand: "domain/order/order.go was edited; in func Details.check, after \"v.Line(\\\"Name\\\", d.Name)\", add:\n        v.Required(\"DueTime\", d.DueTime.IsZero())",
		},
		"a function is gone": {
			there:  map[string]string{"order.go": strings.Split(before, "func (d Details) check")[0] + "var _ = fmt.Sprint\nvar _ domain.UUID\n"},
			byHand: "func Details.check no longer exists",
		},
		"the name of what is new is taken": {
			there:  map[string]string{"order.go": before, "zone.go": "package order\n\ntype Zone int\n"},
			byHand: "domain/order/zone.go was edited; type Zone already exists; rename it or, in its place, add:",
		},
		"the package is gone": {
			there:  map[string]string{"other.go": "package orders\n"},
			byHand: "package order, which domain/order/order.go belongs to, no longer exists",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var files []plan.File
			for name, text := range tt.there {
				files = append(files, plan.File{Path: "domain/order/" + name, Data: []byte(text)})
			}
			changed, byHand, err := gomerge.Merge(plan.NewTree(files), "domain/order/order.go", []byte(before), []byte(after))
			if err != nil {
				t.Fatal(err)
			}
			if said := strings.Join(byHand, "\n"); !strings.Contains(said, tt.byHand) || (tt.byHand == "") != (said == "") {
				t.Errorf("instructions %s, want %s", said, tt.byHand)
			}
			if len(changed) != len(tt.want) {
				t.Errorf("%d files changed, want %d", len(changed), len(tt.want))
			}
			for _, f := range changed {
				rest := string(f.Data)
				for _, want := range strings.Split(tt.want[strings.TrimPrefix(f.Path, "domain/order/")], "|") {
					var ok bool
					if _, rest, ok = strings.Cut(rest, want); !ok {
						t.Errorf("%s has no %q in its place:\n%s", f.Path, want, f.Data)
						break
					}
				}
			}
		})
	}
}

// TestMergeOfATestThatIsGone shows that a removed test is not restored.
func TestMergeOfATestThatIsGone(t *testing.T) {
	test := func(fields string) []byte {
		return []byte("package order_test\n\nfunc sample() []string {\n\treturn []string{" + fields + "}\n}\n")
	}
	there := plan.NewTree([]plan.File{{Path: "a_test.go", Data: []byte("package order_test\n\nfunc other() {}\n")}})
	changed, byHand, err := gomerge.Merge(there, "order_test.go", test(`"a"`), test(`"a", "b"`))
	if changed != nil || byHand != nil || err != nil {
		t.Errorf("%v, %v, %v", changed, byHand, err)
	}
}

// TestMergeOfALine adds a line to a list that was rewritten.
func TestMergeOfALine(t *testing.T) {
	module := func(lines string) string {
		return "package app\n\nfunc Module() fx.Option {\n\treturn fx.Options(\n\t\tsubscribe(NewOrderLog),\n" + lines + "\t)\n}\n"
	}
	const line = "\t\tsubscribe(NewItemLog),\n"
	for name, tt := range map[string]struct{ there, want string }{
		"one line": {
			"func Module() fx.Option { return fx.Options(subscribe(NewOrderLog), provide(1)) }\n",
			"func Module() fx.Option { return fx.Options(subscribe(NewOrderLog), subscribe(NewItemLog), provide(1)) }\n",
		},
		"nothing in it": {
			"func Module() fx.Option { return fx.Options() }\n",
			"func Module() fx.Option { return fx.Options(subscribe(NewItemLog)) }\n",
		},
		"a literal beside": {
			"var all = []fx.Option{\n\tsubscribe(NewOrderLog), // first\n}\n\nfunc Module() fx.Option { return fx.Options(all...) }\n",
			"var all = []fx.Option{\n\tsubscribe(NewOrderLog), // first\n\tsubscribe(NewItemLog),\n}\n\nfunc Module() fx.Option { return fx.Options(all...) }\n",
		},
		"another function": {
			"func all() fx.Option {\n\treturn fx.Module(\"all\",\n\t\tsubscribe(NewOrderLog), provide(1))\n}\n",
			"func all() fx.Option {\n\treturn fx.Module(\"all\",\n\t\tsubscribe(NewOrderLog), subscribe(NewItemLog), provide(1))\n}\n",
		},
		"by hand": {
			"var all = []fx.Option{subscribe(NewItemLog)}\n\nfunc Module() fx.Option { return fx.Options(all...) }\n",
			"",
		},
		"nowhere": {
			"func Mine() fx.Option { return nil }\n",
			"Module no longer exists",
		},
		"either of two": {
			"func A() fx.Option { return fx.Options(subscribe(NewOrderLog)) }\n\nfunc B() fx.Option { return fx.Options(subscribe(NewOrderLog)) }\n",
			"Module no longer exists",
		},
	} {
		t.Run(name, func(t *testing.T) {
			there := plan.NewTree([]plan.File{{Path: "app/wiring.go", Data: []byte("package app\n\n" + tt.there)}})
			changed, byHand, err := gomerge.Merge(there, "app/module.go", []byte(module("")), []byte(module(line)))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(byHand, "\n")
			for _, f := range changed {
				got += strings.TrimPrefix(string(f.Data), "package app\n\n")
			}
			if told := len(byHand) == 1 && strings.Contains(got, tt.want); got != tt.want && !told {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}
