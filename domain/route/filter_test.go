package route

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/model"
)

func pointer(t *model.Type) *model.Type { return &model.Type{Kind: model.Pointer, Elem: t} }

func field(name string, t *model.Type) model.Field {
	return model.Field{Name: name, Wire: strings.ToLower(name), Type: t, Pos: "order.go:1:1"}
}

var (
	filter = record("order", "Filter", field("Customer", maybe), field("TagsIn", many))
	sort   = &model.Type{Kind: model.String, Name: &model.Name{Package: "order", Name: "Sort"}, Values: []model.Value{{Text: "-total"}}}
	patch  = record("order", "Patch", field("Customer", maybe), field("DueAt", pointer(maybe)))
)

func TestFilters(t *testing.T) {
	for _, c := range []struct {
		method model.Method
		want   string // pattern, sources, status, parameters
	}{
		{method("List", listing, "filter", filter, "sort", sort, "page", page), "GET /orders filter=filter sort=sort page=page 200 customer tagsin sort"},
		{method("Find", listing, "filter", filter, "page", page), "GET /orders filter=filter page=page 200 customer tagsin"},
		{method("Find", listing, "customer", maybe, "page", page), "GET /orders/find customer=query page=page 200 customer"},
		{method("Count", whole, "filter", filter), "GET /orders/count filter=filter 200 customer tagsin"},
		{method("List", listing, "sort", sort, "page", page), "GET /orders sort=query page=page 200 sort"},
		{method("Purge", nil, "filter", filter), "POST /orders/purge filter=body Filter 204 "},
		{method("List", listing, "filter", record("order", "Filter", field("Customer", text))), "POST /orders/list filter=body Filter 200 "},
	} {
		served, err := Of(project(c.method), english.English{})
		if err != nil {
			t.Errorf("%s: %v", c.method.Name, err)
			continue
		}
		var names []string
		for _, p := range served[0].Routes[0].Asked() {
			names = append(names, p.Wire)
		}
		if got := say(served[0].Routes[0]) + " " + strings.Join(names, " "); got != c.want {
			t.Errorf("%s is served as\n%s, want\n%s", c.method.Name, got, c.want)
		}
	}
	_, err := Of(project(method("List", listing, "filter", filter, "customer", text)), english.English{})
	if err == nil || !strings.Contains(err.Error(), "two parameters of List are called customer") {
		t.Errorf("got %v", err)
	}
}

func TestPatches(t *testing.T) {
	id := []any{"id", uuid, "version", whole}
	labels := func(of *model.Type) *model.Type { return pointer(&model.Type{Kind: model.Map, Key: text, Elem: of}) }
	patchOf := func(t *model.Type) *model.Type { return record("order", "Patch", field("Main", t)) }
	for _, c := range []struct {
		params []any
		want   string
	}{
		{append(id, "patch", patch), "PATCH /orders/{id} id=path version=version patch=body Patch 200"},
		{append(id, "patch", patchOf(pointer(patch))), "PATCH /orders/{id} id=path version=version patch=body Patch 200"},
		{append(id, "patch", patchOf(labels(pointer(patch)))), "PATCH /orders/{id} id=path version=version patch=body Patch 200"},
		{append(id, "change", details), "POST /orders/{id}/patch id=path version=version change=body Details 200"},
		{[]any{"id", uuid, "patch", patch}, "Patch does not take an ID, a version and a patch; begin with Patch(ctx context.Context, id kit.UUID, version int64, patch order.Patch)"},
		{append(id, "why", text, "patch", patch), "Patch does not take an ID, a version and a patch; begin with"},
		{append(id, "patch", patchOf(text)), "the field Main of order.Patch has no value for a member that is absent; make it a pointer to what the field is"},
		{append(id, "patch", patchOf(pointer(details))), "the field Main of order.Patch is a struct, of which a merge patch may change a part; declare a struct DetailsPatch with pointers to its fields, and take that"},
		{append(id, "patch", patchOf(pointer(pointer(details)))), "the field Main of order.Patch is a struct"},
		{append(id, "patch", patchOf(labels(text))), "the field Main of order.Patch has no value for a key that a merge patch removes; let the values of the map be pointers"},
	} {
		served, err := Of(project(method("Patch", order, c.params...)), english.English{})
		var got string
		if err != nil {
			_, got, _ = strings.Cut(err.Error(), ".go:1:1: ")
		} else {
			got = say(served[0].Routes[0])
		}
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
