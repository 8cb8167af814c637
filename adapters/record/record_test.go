package record

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/english"
)

const sum = "01234567890123456789012345678901234567890123456789012345678901ab"

const good = `format: 1
template: v1.2.3
name: shop
module: example.com/shop
store: [sqlite]
bus: [channels]
services:
  - name: order
    fields:
      - customer:string
      - notes:text?
      - status:enum:draft,paid
      - tags:[]string
generated:
  adapters/sqlite/order_gen.go: ` + sum + `
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

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":         {"", "it is empty"},
		"not a map":     {"- a", "f:1:1: expected keys"},
		"unknown key":   {"servces: []", `f:1:1: there is no key "servces" (did you mean "services"?)`},
		"twice":         {"name: a\nname: b", "name"},
		"format":        {"format: 9", "f:1:9: format"},
		"bad type":      {"services:\n  - name: order\n    fields:\n      - a:strin", `f:4:9: field a: there is no type "strin" (did you mean "string"?)`},
		"bad name":      {"services:\n  - name: ../x", "f:2:11: service"},
		"no name":       {"services:\n  - fields: [a:string]", "a service needs a name"},
		"anchor bomb":   {"a: &a [x,x]\nb: &b [*a,*a]\nname: *b", "there is no key"},
		"alias":         {"name: &n shop\nmodule: *n", "f:2:9: expected a text"},
		"tag":           {"name: !!binary gIGC", ""},
		"not yaml":      {"\t", "f:"},
		"too large":     {strings.Repeat("#", largest+1), "too large"},
		"no scalar":     {"services:\n  - name: order\n    fields:\n      - a: string", "f:4:9: expected a field here"},
		"two documents": {"name: a\n---\nname: b", "f:2:1: a second document"},
		"syntax":        {"name: [a", "f:1"},
		"checksum":      {"generated:\n  a.go: 12", "f:2:3: expected a path with its SHA-256"},
		"path":          {"generated:\n  ../a.go: " + sum, "f:2:3: expected a path"},
		"two problems":  {"a: 1\nb: 2", "f:2:1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(english.English{}).Read("f", []byte(c.text))
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := New(english.English{}).Read("f", data)
		if err == nil {
			_ = text(rec)
		}
	})
}
