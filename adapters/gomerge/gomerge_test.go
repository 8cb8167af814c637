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
		want   map[string]string // what each that changes has, line by line in this order
		byHand string            // what is told instead
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
		"a function has another body": {
			there:  map[string]string{"order.go": strings.Replace(before, "\tvar v domain.Violations\n\tv.Line(\"Name\", d.Name)\n\treturn v.Err(\"order\")", "\treturn nil", 1)},
			byHand: "domain/order/order.go was edited: in func Details.check, after \"v.Line(\\\"Name\\\", d.Name)\", add:\n        v.Required(\"DueTime\", d.DueTime.IsZero())",
		},
		"a function is gone": {
			there:  map[string]string{"order.go": strings.Split(before, "func (d Details) check")[0] + "var _ = fmt.Sprint\nvar _ domain.UUID\n"},
			byHand: "func Details.check is not there any more",
		},
		"the name of what is new is taken": {
			there:  map[string]string{"order.go": before, "zone.go": "package order\n\ntype Zone int\n"},
			byHand: "domain/order/zone.go was edited: type Zone is there already",
		},
		"the package is gone": {
			there:  map[string]string{"other.go": "package orders\n"},
			byHand: "package order, which domain/order/order.go belongs to, is not there any more",
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
				t.Errorf("told %s, want %s", said, tt.byHand)
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

// TestMergeOfATestThatIsGone shows that nobody misses it.
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
