package blueprint_test

import (
	"go/token"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/blueprint"
)

func TestParseMethod(t *testing.T) {
	m, err := blueprint.ParseMethod(" chargeCard(amount:int64  sub_total:[]string? at:time) string? ", english.English{})
	if err != nil {
		t.Fatal(err)
	}
	var params []string
	for _, p := range m.Params {
		params = append(params, p.Name.Camel()+" "+p.Type.String())
	}
	if got, want := strings.Join(params, ", "), "amount int64, subTotal []string?, at time"; m.Name.Pascal() != "ChargeCard" || got != want || m.Result.String() != "string?" {
		t.Errorf("parsed %s(%s) %v", m.Name.Pascal(), got, m.Result)
	}
	if m, err := blueprint.ParseMethod("Flush()", english.English{}); err != nil || len(m.Params) > 0 || m.Result != nil {
		t.Errorf("parsed %+v and %v", m, err)
	}
}

func TestParseMethodsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "write it as 'Charge(amount:int64 card:string) string'",
		"Send":                     "write it as",
		"Send(":                    "write it as",
		"Send(a:int":               "write it as",
		"(a:int)":                  "write it as",
		"Send(a:int) int string":   "at most one result",
		"Send(a:int) (int)":        `unknown type "(int)"`,
		"Send(f(x):int)":           "write it as",
		"Se;nd(a:int)":             "is not a valid name",
		"Send(a)":                  `parameter "a" has no type`,
		"Send(a:int b)":            `parameter "b" has no type`,
		"Send(a:in)":               `parameter a: unknown type "in" (did you mean "int"?)`,
		"Send(a:int) strin":        `result: unknown type "strin" (did you mean "string"?)`,
		"Send(a:enum:b,c)":         "an enum is a type of the domain",
		"Send() enum:b,c":          "an enum is a type of the domain",
		"Send(range:int)":          "it is a Go keyword",
		"Send(string:string)":      "it is predeclared in Go",
		"Send(ctx:string)":         "leave it out",
		"Send(a_b:int a-b:int)":    "there are two parameters ab",
		"Send(a:int, b:int)":       "unknown type \"int,\"",
		"ping()":                   "each adapter has one of its own",
		"Send(../x:int)":           "is not a valid name",
		"Send(a:int)\x1b[31m":      "unknown type",
		strings.Repeat("a", 99999): "write it as",
	} {
		_, err := blueprint.ParseMethods([]string{text}, english.English{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
			continue
		}
		legible(t, err)
	}
	if _, err := blueprint.ParseMethods([]string{"Send(a:int)", "send(b:int)"}, english.English{}); err == nil || !strings.Contains(err.Error(), "two methods Send") {
		t.Errorf("two methods of one name: %v", err)
	}
}

// FuzzParseMethod shows that the names of an accepted method are exported and those of its
// parameters are Go identifiers that differ, and that anything else is refused in a short
// line of printable characters.
func FuzzParseMethod(f *testing.F) {
	for _, text := range []string{
		"Send(to:string subject:string body:text)", "Charge(amount:int64 card:string) string", "x()", "a(b:c) d", "A(b:[]time?) uuid?",
		"é(a:int)", "A(\x1b[31m:int)", "A(a:int)\n", "A(type:int)", "ctx(ctx:int)", "A(a_b:int a-b:int)", "HTTPServer(userID:uuid) []bytes",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := blueprint.ParseMethod(text, english.English{})
		if err != nil {
			legible(t, err)
			return
		}
		if name := m.Name.Pascal(); !token.IsExported(name) || !token.IsIdentifier(name) {
			t.Errorf("%q has the name %q", text, name)
		}
		seen := map[string]bool{"ctx": true}
		for _, p := range m.Params {
			if name := p.Name.Camel(); seen[name] || !token.IsIdentifier(name) || token.IsExported(name) {
				t.Errorf("%q has the parameter %q", text, name)
			} else {
				seen[name] = true
			}
		}
	})
}
