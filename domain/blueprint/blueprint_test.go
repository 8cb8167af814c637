package blueprint_test

import (
	"errors"
	"path"
	"strconv"
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
		"":                       "the service is missing",
		"order customer":         "has no type",
		"order customer:strin":   `did you mean "string"?`,
		"order a:enum":           "only an enum has values",
		"order a:string:b":       "only an enum has values",
		"order a:enum:b,b":       "the same name in Go",
		"order a:enum:":          "name is missing",
		"order a:[]enum:b":       "lists of enums are not supported",
		"order a:[][]string":     "unknown type",
		"order a:string??":       "unknown type",
		"order a:tenant?":        "each entity is of one tenant",
		"order a:[]tenant":       "each entity is of one tenant",
		"order a:tenan":          `did you mean "tenant"?`,
		"order ../x:string":      "is not a valid name",
		"order;drop x:string":    "is not a valid name",
		"1order x:string":        "is not a valid name",
		"order x:map[string]int": "unknown type",
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
			Adapters: map[string][]string{"store": {"sqlite"}, "bus": {"channels"}},
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
		"a tenant alone":     {shop("order a:tenant"), "has no fields"},
		"two tenants":        {shop("order a:tenant b:tenant c:string"), "two fields for the tenant"},
		"no fields":          {shop("order"), "has no fields"},
		"keyword":            {shop("type a:string"), "is a Go keyword"},
		"predeclared":        {shop("error a:string"), "is predeclared in Go"},
		"folder":             {shop("internal a:string"), "a special meaning in Go"},
		"sqlite":             {shop("sqlite_thing a:string"), "SQLite reserves"},
		"built in":           {shop("order created_at:time"), "already has a field created_at"},
		"twice":              {shop("order a_b:string aB:string"), "two fields named"},
		"same service":       {shop("order_item a:string", "OrderItem a:string"), "the same name"},
		"same plural":        {shop("order a:string", "orders a:string"), "both declare Orders"},
		"same constructor":   {shop("order a:string", "new_order a:string"), "both declare NewOrders"},
		"device":             {shop("con a:string"), "a device on Windows"},
		"module":             {with(func(b *blueprint.Blueprint) { b.Module = "../shop" }), "not a valid module path"},
		"module in capitals": {with(func(b *blueprint.Blueprint) { b.Module = "Example.com/shop" }), "not a valid module path"},
		"module with lines":  {with(func(b *blueprint.Blueprint) { b.Module = "a\nb" }), "not a valid module path"},
		"no module":          {with(func(b *blueprint.Blueprint) { b.Module = "" }), "not a valid module path"},
		"standard":           {with(func(b *blueprint.Blueprint) { b.Module = "net/shop" }), "belongs to the standard library"},
		"name":               {with(func(b *blueprint.Blueprint) { b.Name = "-x" }), "project name"},
		"no store":           {with(func(b *blueprint.Blueprint) { b.Choose("store", nil) }), "store: every project has sqlite"},
		"unknown store":      {with(func(b *blueprint.Blueprint) { b.Choose("store", []string{"sqlite", "postgre"}) }), `did you mean "postgres"?`},
		"bus twice":          {with(func(b *blueprint.Blueprint) { b.Choose("bus", []string{"channels", "channels"}) }), "listed twice"},
		"near nothing":       {with(func(b *blueprint.Blueprint) { b.Choose("cache", []string{"memory", "near"}) }), "add redis or memcached"},
		"no memory":          {with(func(b *blueprint.Blueprint) { b.Choose("cache", []string{"redis"}) }), "every project has memory"},
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

// FuzzParseService shows that a service is written as it was read, and that anything
// else is refused in a short line of printable characters.
func FuzzParseService(f *testing.F) {
	for _, text := range []string{
		"order customer:string status:enum:draft,paid? tags:[]string?", "a b:enum:c,C", "x_y 2:int", "order a::", "\x1b[31m a:int",
		"order \u202ea:string", "a b:[]enum:c", "a b:string??", "HTTPServer userID:uuid", "a\xff b:int",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := blueprint.ParseService(text, english.English{})
		if err != nil {
			legible(t, err)
			return
		}
		again, err := blueprint.ParseService(written(s), english.English{})
		if err != nil || written(again) != written(s) {
			t.Errorf("%q was written as %q, which was written as %q: %v", text, written(s), written(again), err)
		}
		b := blueprint.Blueprint{Name: "shop", Module: "example.com/shop", Services: []blueprint.Service{s}, Adapters: map[string][]string{"store": {"sqlite"}, "bus": {"channels"}}}
		for _, err := range b.Validate() {
			legible(t, err)
		}
	})
}

// written returns a service as it is written in a blueprint.
func written(s blueprint.Service) string {
	words := []string{s.Name.String()}
	for _, f := range s.Fields {
		words = append(words, f.Name.String()+":"+f.Type.String())
	}
	return strings.Join(words, " ")
}

// legible shows that an error is a short line of printable characters.
func legible(t *testing.T, err error) {
	t.Helper()
	text := err.Error()
	if len(text) > 400 || strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
		t.Errorf("%d bytes, or not printable: %.500q", len(text), text)
	}
}

// FuzzModule shows that an accepted module path is valid in Go and gives the project a
// valid name, and that others are refused in a short line.
func FuzzModule(f *testing.F) {
	for _, text := range []string{"example.com/shop", "shop", "a/../b", "all", "net/x", "example.com/~x", "example.com/v2", "é.com/x", "a//b", "-x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := blueprint.Blueprint{
			Name: blueprint.NameOf(text), Module: text, Services: parse(t, "order a:string"),
			Adapters: map[string][]string{"store": {"sqlite"}, "bus": {"channels"}},
		}
		errs := b.Validate()
		for _, err := range errs {
			legible(t, err)
		}
		if errs == nil && (path.Clean(text) != text || path.IsAbs(text) || strings.Contains(text, "..")) {
			t.Errorf("%q was accepted", text)
		}
	})
}

// TestInclude shows which adapter is meant by a name that several ports have.
func TestInclude(t *testing.T) {
	sqlite, both := []string{"sqlite"}, []string{"sqlite", "postgres"}
	for _, c := range []struct {
		has        map[string][]string
		name, want string // an adapter, or what the error says
	}{
		{nil, "nats", "bus/nats"},
		{nil, "bus/nats", "bus/nats"},
		{nil, "locks/redis", "locks/redis"},
		{nil, "redis", "write cache/redis or locks/redis"},
		{nil, "bus/redis", "unknown adapter"},
		{nil, "redi", `did you mean "redis"?`},
		{map[string][]string{"store": sqlite}, "postgres", "store/postgres"},
		{map[string][]string{"store": both}, "postgres", "write store/postgres or locks/postgres"},
		{map[string][]string{"store": both}, "store/postgres", "shop already has store/postgres"},
		{map[string][]string{"store": both, "locks": {"process"}}, "postgres", "locks/postgres"},
		{map[string][]string{"store": sqlite, "locks": {"process"}}, "postgres", "write store/postgres or locks/postgres"},
		{map[string][]string{"cache": {"memory"}}, "redis", "cache/redis"},
		{map[string][]string{"cache": {"memory", "redis"}, "locks": {"process"}}, "redis", "locks/redis"},
		{map[string][]string{"cache": {"memory"}, "locks": {"process"}}, "redis", "write cache/redis or locks/redis"},
	} {
		b := blueprint.Blueprint{Name: "shop", Adapters: c.has}
		got, err := b.Include(c.name)
		if err != nil {
			got = err.Error()
		}
		if got != c.want && (err == nil || !strings.Contains(got, c.want)) {
			t.Errorf("%s, for a project with %v: %s, want %s", c.name, c.has, got, c.want)
		}
	}
}
