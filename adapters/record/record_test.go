package record

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/blueprint"
)

const good = `format: 2
kit: v1.2.3
name: shop
module: example.com/shop
components: [store/sqlite, bus/channels]
services:
  - name: order
    fields:
      - customer:string
      - notes:text?
      - status:enum:draft,paid
      - tags:[]string
`

func TestWhatIsWrittenIsRead(t *testing.T) {
	r := New(english.English{})
	rec, err := r.Read("f", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	written := text(rec)
	again, err := r.Read("f", written)
	if err != nil {
		t.Fatalf("%v\n%s", err, written)
	}
	if string(text(again)) != string(written) {
		t.Errorf("written %s, read and written %s", written, text(again))
	}
	if n := len(again.Blueprint.Services[0].Fields); n != 4 {
		t.Errorf("%d fields, want 4", n)
	}
}

// TestOwnPorts shows that components of ports that are not in the catalogue are the
// owner's, each with its adapters in their order.
func TestOwnPorts(t *testing.T) {
	r := New(english.English{})
	rec, err := r.Read("f", []byte(strings.Replace(good, "bus/channels]", "bus/channels, mailer/smtp, sms/console, mailer/amazon_ses]", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(text(rec)), "components: [store/sqlite, bus/channels, mailer/smtp, mailer/amazon_ses, sms/console]\n"; !strings.Contains(got, want) {
		t.Errorf("written %s, want %s", got, want)
	}
}

// fields returns a blueprint with one service with the fields.
func fields(list string) string {
	return "services:\n  - name: order\n    fields: [" + list + "]\n"
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":         {"", "the file is empty"},
		"not a map":     {"- a", "f:1:1: expected keys"},
		"unknown key":   {"servces: []", `f:1:1: unknown key "servces" (did you mean "services"?)`},
		"twice":         {"name: a\nname: b", "name"},
		"format":        {"a: 1\nformat: 9", `f:2:9: format "9" is not known; this version reads format 2`},
		"format 1":      {"format: 1\ngenerated:", `f:1:9: format "1" is not known`},
		"bad type":      {"services:\n  - name: order\n    fields:\n      - a:strin", `f:4:9: field a: unknown type "strin" (did you mean "string"?)`},
		"bad name":      {"services:\n  - name: ../x", "f:2:11: service"},
		"no name":       {"services:\n  - fields: [a:string]", "a service needs a name"},
		"anchor bomb":   {"a: &a [x,x]\nb: &b [*a,*a]\nname: *b", "unknown key"},
		"alias":         {"name: &n shop\nmodule: *n", "f:2:9: expected a string"},
		"tag":           {"name: !!binary gIGC", ""},
		"not yaml":      {"\t", "f:"},
		"too large":     {strings.Repeat("#", largest+1), "too large"},
		"no scalar":     {"services:\n  - name: order\n    fields:\n      - a: string", "f:4:9: expected a field here"},
		"two documents": {"name: a\n---\nname: b", "f:2:1: a second document"},
		"syntax":        {"name: [a", "f:1"},
		"two problems":  {"a: 1\nb: 2", "f:2:1"},

		"key nearly":        {"modul: a", `f:1:1: unknown key "modul" (did you mean "module"?)`},
		"key of a service":  {"services:\n  - name: order\n    field: []", `f:3:5: unknown key "field" (did you mean "fields"?)`},
		"key unlike any":    {"colour: red", `f:1:1: unknown key "colour"`},
		"type unlike any":   {fields("a:money"), `f:3:14: field a: unknown type "money"; use one of string`},
		"optional nearly":   {fields("'a:bol?'"), `f:3:14: field a: unknown type "bol" (did you mean "bool"?)`},
		"list nearly":       {fields("b:int, 'a:[]tex'"), `f:3:21: field a: unknown type "tex" (did you mean "text"?)`},
		"store nearly":      {"components: [store/sqlit]\n" + fields("a:int"), `f:1:14: store: unknown component "sqlit" (did you mean "sqlite"?)`},
		"port nearly":       {"components: [store/sqlite, bu/nats]\n" + fields("a:int"), `f:1:28: unknown component "bu/nats" (did you mean "bus/nats"?)`},
		"no adapter":        {"components: [mailer]\n" + fields("a:int"), `f:1:14: unknown component "mailer"; write it as port/adapter`},
		"own port of none":  {"components: [/smtp]\n" + fields("a:int"), `f:1:14: port name is missing`},
		"own adapter twice": {"components: [mailer/smtp, mailer/smtp]\n" + fields("a:int"), `f:1:14: port mailer: the adapter smtp is listed twice`},
		"own as a service":  {"components: [orders/smtp]\n" + fields("a:int"), `f:1:14: port orders: the service order declares Orders as well`},
		"bus nearly":        {"components:\n  - bus/channels\n  - bus/nat\n" + fields("a:int"), `f:3:5: bus: unknown component "nat" (did you mean "nats"?)`},
		"field built in":    {fields("a:int, ID:uuid"), "f:3:21: service order: every entity already has a field id"},
		"service alike":     {fields("a:int") + "  - fields: [a:int]\n    name: orders", "f:5:11: services order and orders cannot be in one project"},
		"module of Go":      {"module: net/x\n" + fields("a:int"), `f:1:9: module "net/x" belongs to the standard library`},
		"name":              {"name: 1x\n" + fields("a:int"), `f:1:7: project name "1x"`},
		"anchor":            {"a: 1\nb: *x", `f:2:4: invalid YAML: unknown anchor "x"`},
		"control character": {"name: a\n\x1b", `f:2:1: unexpected control character '\x1b'`},
		"no text":           {"name: a\n\xff", `f:2:1: the byte \xff is not valid UTF-8`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(english.English{}).Read("f", []byte(c.text))
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// FuzzRead shows that a record that was read and written is read as the same record, and
// that each error is a line that begins with its position.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		good, "name: &a b\nmodule: *a", "<<: *a", "a: !!binary x", "? [a]\n: b", "--- a\n--- b", "\ufeffname: a", "\xff\xfea\x00", "name: \"\\e\"",
		"services: [{name: order, fields: [a:int]}, {name: orders}]", "components: [store/a, bus/b]\n", "format: 1", "format: [2]", "{", "\t", "[[[[", "kit: a b",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := New(english.English{})
		rec, err := r.Read("f", data)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !beginning.MatchString(line) || len(line) > 500 || strings.ContainsFunc(line, func(r rune) bool { return !strconv.IsPrint(r) }) {
					t.Errorf("%q is refused with %q", data, line)
				}
			}
			return
		}
		written := text(complete(rec))
		again, err := r.Read("f", written)
		if err != nil || string(text(again)) != string(written) {
			t.Errorf("%q was written as\n%s\nand read as\n%s: %v", data, written, text(again), err)
		}
	})
}

var beginning = regexp.MustCompile(`^f:[1-9][0-9]*:[1-9][0-9]*: .`)

// complete adds to a record what a file may leave out.
func complete(rec blueprint.Record) blueprint.Record {
	b := &rec.Blueprint
	b.Module = cmp.Or(b.Module, "example.com/shop")
	b.Name = cmp.Or(b.Name, blueprint.NameOf(b.Module))
	for _, port := range blueprint.Catalogue {
		if len(b.Adapters[port.Name]) == 0 {
			b.Choose(port.Name, port.Defaults())
		}
	}
	return rec
}
