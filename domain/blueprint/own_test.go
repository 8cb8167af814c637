package blueprint_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/name"
)

func named(t *testing.T, text string) name.Name {
	t.Helper()
	n, err := name.Parse(text, english.English{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// ownPort returns a port, written as mailer/console/smtp.
func ownPort(t *testing.T, text string) blueprint.OwnPort {
	t.Helper()
	words := strings.Split(text, "/")
	p := blueprint.OwnPort{Name: named(t, words[0])}
	for _, w := range words[1:] {
		p.Adapters = append(p.Adapters, named(t, w))
	}
	return p
}

func TestAddOwn(t *testing.T) {
	b := recordOf(t, "", "order customer:string").Blueprint
	before := b
	if err := b.AddOwn(ownPort(t, "mailer/console/smtp")); err != nil {
		t.Fatal(err)
	}
	with := b
	if err := b.AddOwnAdapter(named(t, "mailer"), named(t, "amazon-ses")); err != nil {
		t.Fatal(err)
	}
	if got, want := b.Components(), []string{"store/sqlite", "bus/channels", "mailer/console", "mailer/smtp", "mailer/amazon_ses"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if len(before.Own) > 0 || len(with.Own[0].Adapters) != 2 {
		t.Error("a copy of the blueprint was changed")
	}
	if !b.IsFirst(named(t, "mailer"), named(t, "console")) || b.IsFirst(named(t, "mailer"), named(t, "smtp")) || b.IsFirst(named(t, "x"), named(t, "console")) {
		t.Error("the first adapter is console")
	}
	for want, err := range map[string]error{
		"shop already has a port mailer; run outgrow add adapter mailer/NAME":      b.AddOwn(ownPort(t, "Mailer/x")),
		"port cach: the name is easily taken for that of the port cache":           b.AddOwn(ownPort(t, "cach/x")),
		`shop has no port mailr (did you mean "mailer"?); run outgrow add port ma`: b.AddOwnAdapter(named(t, "mailr"), named(t, "x")),
		"shop already has mailer/smtp":                                             b.AddOwnAdapter(named(t, "mailer"), named(t, "smtp")),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestValidateOwn(t *testing.T) {
	for text, want := range map[string]string{
		"sms/console":             "", // a letter of bus is not enough
		"mailer/memory/sqlite":    "",
		"order/x":                 "", // the entity's package is another
		"cache/x":                 "the kit has a port of that name",
		"http/x":                  "a section of that name",
		"orders/x":                "the service order declares Orders as well",
		"order_store/x":           "the service order declares OrderStore as well",
		"mailer/x mailer/y":       "the port mailer declares Mailer as well",
		"mailer":                  "port mailer has no adapter",
		"range/x":                 "range is a Go keyword",
		"string/x":                "string is predeclared",
		"aux/x":                   "a device on Windows",
		"mailer/x/y/X":            "the adapter x is listed twice",
		"mailer/a_b/ab":           "the adapter ab is listed twice",
		"mailer/jsonwire":         "adapters/jsonwire is for derived files",
		"mailer/adapter":          "the key mailer.adapter says which one is used",
		"mailer/internal":         "a folder or package named internal",
		"mailer/func":             "func is a Go keyword",
		"mailer/error":            "error is predeclared",
		"mailer/console config/x": "a section of that name",
	} {
		b := recordOf(t, "", "order customer:string").Blueprint
		for p := range strings.FieldsSeq(text) {
			b.Own = append(b.Own, ownPort(t, p))
		}
		errs := b.Validate()
		for _, err := range errs {
			legible(t, err)
		}
		if want == "" && errs != nil || want != "" && (len(errs) != 1 || !strings.Contains(errs[0].Error(), want)) {
			t.Errorf("%s: %v, want %q", text, errs, want)
		}
	}
}

func TestUnionOfOwnPorts(t *testing.T) {
	record := func(ports ...string) blueprint.Record {
		r := recordOf(t, "")
		for _, p := range ports {
			r.Blueprint.Own = append(r.Blueprint.Own, ownPort(t, p))
		}
		return r
	}
	for name, c := range map[string]struct{ base, ours, theirs, want []string }{
		"adapters": {[]string{"mailer/a"}, []string{"mailer/a/b"}, []string{"mailer/a/c"}, []string{"mailer/a", "mailer/b", "mailer/c"}},
		"ports":    {nil, []string{"mailer/a"}, []string{"sms/b"}, []string{"mailer/a", "sms/b"}},
		"both":     {nil, []string{"mailer/a"}, []string{"mailer/a/b"}, []string{"mailer/a", "mailer/b"}},
		"removed":  {[]string{"mailer/a/b", "sms/b"}, []string{"mailer/a", "sms/b"}, []string{"mailer/a/b/c"}, []string{"mailer/a", "mailer/c"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := blueprint.Union(record(c.base...), record(c.ours...), record(c.theirs...)).Blueprint.Components()
			if got = got[2:]; !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
