package blueprint_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/blueprint"
)

// recordOf returns a record of services, each with its fields.
func recordOf(t *testing.T, template string, services ...string) blueprint.Record {
	t.Helper()
	return blueprint.Record{Kit: template, Blueprint: blueprint.Blueprint{
		Name: "shop", Module: "example.com/shop", Services: parse(t, services...), Adapters: map[string][]string{"store": {"sqlite"}, "bus": {"channels"}},
	}}
}

// lines returns what a record has of services.
func lines(r blueprint.Record) []string {
	all := make([]string, 0, len(r.Blueprint.Services))
	for _, s := range r.Blueprint.Services {
		words := []string{s.Name.String()}
		for _, f := range s.Fields {
			words = append(words, f.Name.String()+":"+f.Type.String())
		}
		all = append(all, strings.Join(words, " "))
	}
	return all
}

func TestUnion(t *testing.T) {
	const order = "order customer:string notes:text"
	for name, c := range map[string]struct{ base, ours, theirs, want []string }{
		"fields":          {[]string{order}, []string{order + " a:int"}, []string{order + " b:int"}, []string{order + " a:int b:int"}},
		"services":        {[]string{order}, []string{order, "a x:int"}, []string{"b x:int", order}, []string{order, "a x:int", "b x:int"}},
		"the same field":  {[]string{order}, []string{order + " due_at:int"}, []string{order + " dueat:int"}, []string{order + " due_at:int"}},
		"two types":       {[]string{order}, []string{order + " a:int"}, []string{order + " a:text"}, []string{order + " a:int"}},
		"a renamed field": {[]string{order}, []string{"order customer:string remarks:text"}, []string{order + " b:int"}, []string{"order customer:string remarks:text b:int"}},
		"a gone service":  {[]string{order, "a x:int"}, []string{order}, []string{order, "a x:int"}, []string{order}},
		"no base":         {nil, []string{order}, []string{"order customer:string"}, []string{order}},
	} {
		t.Run(name, func(t *testing.T) {
			got := blueprint.Union(recordOf(t, "", c.base...), recordOf(t, "", c.ours...), recordOf(t, "", c.theirs...))
			if !slices.Equal(lines(got), c.want) {
				t.Errorf("%q, want %q", lines(got), c.want)
			}
		})
	}
}

func TestUnionOfComponents(t *testing.T) {
	base, ours, theirs := recordOf(t, "v1.2.3"), recordOf(t, "v1.2.3"), recordOf(t, "v1.10.0")
	ours.Blueprint.Choose("store", []string{"sqlite", "postgres"})
	theirs.Blueprint.Choose("bus", []string{"channels", "nats"})
	got := blueprint.Union(base, ours, theirs)
	if b := got.Blueprint; len(b.Adapters["store"]) != 2 || len(b.Adapters["bus"]) != 2 || got.Kit != "v1.10.0" {
		t.Errorf("%+v", got)
	}
}

func TestCompareVersions(t *testing.T) {
	sorted := []string{"", "devel", "v0.9.0", "v1.0.0-rc.1", "v1.0.0-rc.2", "v1.0.0", "v1.0.1", "v1.2.0", "v1.10.0", "v2.0.0"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got := blueprint.CompareVersions(a, b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%q and %q: %d", a, b, got)
			}
		}
	}
}
