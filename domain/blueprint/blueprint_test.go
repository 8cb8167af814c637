package blueprint_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/blueprint"
)

func parse(t *testing.T, texts ...string) []blueprint.Service {
	t.Helper()
	var services []blueprint.Service
	for _, text := range texts {
		s, err := blueprint.ParseService(text, english.English{})
		if err != nil {
			t.Fatal(err)
		}
		services = append(services, s)
	}
	return services
}

func TestParseServiceWritesTypesAsTheyWereRead(t *testing.T) {
	const text = "order customer:string notes:text? n:int total:int64 rate:float64 paid:bool at:time took:duration photo:bytes ref:uuid? " +
		"status:enum:draft,paid,sent mood:enum:good,bad? tags:[]string sizes:[]int64?"
	s := parse(t, text)[0]
	words := []string{s.Name.String()}
	for _, f := range s.Fields {
		words = append(words, f.Name.String()+":"+f.Type.String())
	}
	if got := strings.Join(words, " "); got != text {
		t.Errorf("got  %s\nwant %s", got, text)
	}
}

func TestParseServiceRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "a service is missing",
		"order customer":         "has no type",
		"order customer:strin":   `did you mean "string"?`,
		"order a:enum":           "only an enum has values",
		"order a:string:b":       "only an enum has values",
		"order a:enum:b,b":       "the same to Go",
		"order a:enum:":          "a name is missing",
		"order a:[]enum:b":       "no lists of enums",
		"order a:[][]string":     "there is no type",
		"order a:string??":       "there is no type",
		"order ../x:string":      "is no name",
		"order;drop x:string":    "is no name",
		"1order x:string":        "is no name",
		"order x:map[string]int": "there is no type",
	} {
		_, err := blueprint.ParseService(text, english.English{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want one line with %q", text, err, want)
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	shop := func(services ...string) blueprint.Blueprint {
		return blueprint.Blueprint{
			Name: "shop", Module: "example.com/shop", Services: parse(t, services...),
			Stores: []string{"sqlite"}, Buses: []string{"channels"},
		}
	}
	with := func(change func(*blueprint.Blueprint)) blueprint.Blueprint {
		b := shop("order a:string")
		change(&b)
		return b
	}
	for name, c := range map[string]struct {
		b    blueprint.Blueprint
		want string
	}{
		"no service":         {shop(), "at least one service"},
		"no fields":          {shop("order"), "has no fields"},
		"keyword":            {shop("type a:string"), "keyword of Go"},
		"predeclared":        {shop("error a:string"), "Go declares itself"},
		"folder":             {shop("internal a:string"), "a meaning of its own"},
		"sqlite":             {shop("sqlite_thing a:string"), "SQLite keeps"},
		"built in":           {shop("order created_at:time"), "has a field created_at already"},
		"twice":              {shop("order a_b:string aB:string"), "two fields"},
		"same service":       {shop("order_item a:string", "OrderItem a:string"), "the same name"},
		"same plural":        {shop("order a:string", "orders a:string"), "both declare Orders"},
		"same constructor":   {shop("order a:string", "new_order a:string"), "both declare NewOrders"},
		"device":             {shop("con a:string"), "a device to Windows"},
		"module":             {with(func(b *blueprint.Blueprint) { b.Module = "../shop" }), "import path"},
		"module in capitals": {with(func(b *blueprint.Blueprint) { b.Module = "Example.com/shop" }), "import path"},
		"module with lines":  {with(func(b *blueprint.Blueprint) { b.Module = "a\nb" }), "import path"},
		"no module":          {with(func(b *blueprint.Blueprint) { b.Module = "" }), "import path"},
		"standard":           {with(func(b *blueprint.Blueprint) { b.Module = "net/shop" }), "of Go's own"},
		"name":               {with(func(b *blueprint.Blueprint) { b.Name = "-x" }), "project name"},
		"no store":           {with(func(b *blueprint.Blueprint) { b.Stores = nil }), "store: every project has sqlite"},
		"unknown store":      {with(func(b *blueprint.Blueprint) { b.Stores = []string{"sqlite", "postgre"} }), `did you mean "postgres"?`},
		"bus twice":          {with(func(b *blueprint.Blueprint) { b.Buses = []string{"channels", "channels"} }), "twice"},
	} {
		t.Run(name, func(t *testing.T) {
			err := errors.Join(c.b.Validate()...)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one line with %q", err, c.want)
			}
		})
	}
	if errs := shop("order customer:string", "receipt order:uuid").Validate(); errs != nil {
		t.Errorf("a good blueprint: %v", errs)
	}
}

func FuzzParseService(f *testing.F) {
	f.Add("order customer:string status:enum:draft,paid? tags:[]string?")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := blueprint.ParseService(text, english.English{})
		if err != nil {
			return
		}
		again := s.Name.String()
		for _, field := range s.Fields {
			again += " " + field.Name.String() + ":" + field.Type.String()
		}
		if _, err := blueprint.ParseService(again, english.English{}); err != nil {
			t.Errorf("%q was written as %q: %v", text, again, err)
		}
	})
}
