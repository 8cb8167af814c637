package route

import (
	"fmt"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/model"
)

var (
	uuid    = &model.Type{Kind: model.UUID}
	text    = &model.Type{Kind: model.String}
	whole   = &model.Type{Kind: model.Int, Bits: 64}
	page    = &model.Type{Kind: model.Page}
	order   = record("order", "Order", model.Field{Name: "ID", Type: uuid}, model.Field{Name: "Version", Type: whole})
	details = record("order", "Details", model.Field{Name: "Customer", Type: text})
	listing = &model.Type{Kind: model.Listing, Elem: order}
	maybe   = &model.Type{Kind: model.Pointer, Elem: text}
	many    = &model.Type{Kind: model.Slice, Elem: text}
	records = &model.Type{Kind: model.Slice, Elem: details}
)

func record(pkg, name string, fields ...model.Field) *model.Type {
	n := model.Name{Path: "example.com/shop/domain/" + pkg, Package: pkg, Name: name}
	return &model.Type{Kind: model.Record, Name: &n, Struct: &model.Struct{Name: n, Fields: fields}}
}

// method returns a method with the parameters, given as names and types.
func method(name string, result *model.Type, params ...any) model.Method {
	m := model.Method{Name: name, Pos: "ports/orders.go:1:1"}
	for i := 0; i < len(params); i += 2 {
		m.Params = append(m.Params, model.Param{Name: params[i].(string), Type: params[i+1].(*model.Type)})
	}
	if result != nil {
		m.Results = []*model.Type{result}
	}
	return m
}

func project(methods ...model.Method) model.Project {
	return model.Project{Module: "example.com/shop", Services: []model.Service{
		{Entity: order.Struct, Offers: &model.Interface{Name: "Orders", Path: "/orders", Methods: methods}},
		{Entity: order.Struct, Keeps: &model.Interface{Name: "OrderStore"}},
	}}
}

func TestOf(t *testing.T) {
	for _, c := range []struct {
		method model.Method
		want   string // pattern, sources, body, status
	}{
		{method("Create", order, "d", details), "POST /orders d=body Details 201"},
		{method("Create", order, "customer", text), "POST /orders customer=member OrdersCreateBody 201"},
		{method("Get", order, "id", uuid), "GET /orders/{id} id=path 200"},
		{method("List", listing, "page", page), "GET /orders page=page 200"},
		{method("List", listing, "customer", maybe, "page", page), "GET /orders customer=query page=page 200"},
		{method("List", listing, "like", details), "POST /orders/list like=body Details 200"},
		{method("Update", order, "id", uuid, "version", whole, "d", details), "PUT /orders/{id} id=path version=version d=body Details 200"},
		{method("Update", nil, "id", uuid, "d", details, "because", text), "PUT /orders/{id} id=path d=member because=member OrdersUpdateBody 204"},
		{method("Delete", nil, "id", uuid), "DELETE /orders/{id} id=path 204"},
		{method("Delete", nil, "id", uuid, "version", whole), "DELETE /orders/{id} id=path version=version 204"},
		{method("FindByCustomer", listing, "customer", text, "page", page), "GET /orders/find-by-customer customer=query page=page 200"},
		{method("FindByUserID", listing, "userID", uuid), "GET /orders/find-by-user-id userID=query 200"},
		{method("CountByTags", whole, "tags", many), "GET /orders/count-by-tags tags=query 200"},
		{method("GetHistory", records, "id", uuid, "page", page), "GET /orders/{id}/get-history id=path page=page 200"},
		{method("GetVersion", order, "id", uuid, "version", whole), "GET /orders/{id}/get-version id=path version=query 200"},
		{method("FindLike", listing, "likes", records), "POST /orders/find-like likes=member OrdersFindLikeBody 200"},
		{method("Cancel", nil, "id", uuid), "POST /orders/{id}/cancel id=path 204"},
		{method("Pay", order, "id", uuid, "version", whole, "amount", whole), "POST /orders/{id}/pay id=path version=version amount=member OrdersPayBody 200"},
		{method("Getaway", nil), "POST /orders/getaway 204"},
		{method("Import", nil, "all", records, "page", page), "POST /orders/import all=member page=page OrdersImportBody 204"},
	} {
		served, err := Of(project(c.method), english.English{})
		if err != nil {
			t.Errorf("%s: %v", c.method.Name, err)
			continue
		}
		if got := say(served[0].Routes[0]); got != c.want {
			t.Errorf("%s is served as\n%s, want\n%s", c.method.Name, got, c.want)
		}
	}
}

// say describes a route as in the table above.
func say(r Route) string {
	words := []string{r.Pattern()}
	for _, p := range r.Params {
		words = append(words, p.Name+"="+string(p.Source))
	}
	if r.Body != nil {
		words = append(words, r.Body.Struct.Name.Name)
	}
	return strings.Join(append(words, fmt.Sprint(r.Status)), " ")
}

func TestCreated(t *testing.T) {
	create, get := method("Create", order, "d", details), method("Get", order, "id", uuid)
	for name, c := range map[string]struct {
		methods []model.Method
		want    bool
	}{
		"can be read":    {[]model.Method{create, get}, true},
		"cannot be read": {[]model.Method{create}, false},
		"has no ID":      {[]model.Method{method("Create", details, "d", details), get}, false},
		"is nothing":     {[]model.Method{method("Create", nil, "d", details), get}, false},
	} {
		served, err := Of(project(c.methods...), english.English{})
		if err != nil || served[0].Routes[0].Creates != c.want {
			t.Errorf("what %s is linked: %v, and %v", name, !c.want, err)
		}
	}
}

func TestProblems(t *testing.T) {
	several := method("Cancel", order, "id", uuid)
	several.Results = append(several.Results, text)
	for want, methods := range map[string][]model.Method{
		"Cancel has several results besides the error; return one struct":                               {several},
		"the result of Cancel cannot be sent over HTTP; return a struct instead":                        {method("Cancel", page)},
		"the parameter l of Cancel cannot be sent over HTTP; take a slice or a struct instead":          {method("Cancel", nil, "l", listing)},
		"Cancel takes several pages; take only one":                                                     {method("Cancel", nil, "a", page, "b", page)},
		"two parameters of Find are called limit; rename one of them":                                   {method("Find", nil, "limit", whole, "page", page)},
		"two parameters of Cancel are called user_id; rename one of them":                               {method("Cancel", nil, "userID", uuid, "userId", uuid)},
		"Orders.PayID and Orders.PayId would both be served at POST /orders/pay-id; rename one of them": {method("PayID", nil), method("PayId", nil)},
	} {
		_, err := Of(project(methods...), english.English{})
		if err == nil || err.Error() != "ports/orders.go:1:1: "+want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestProblemsOfPaths(t *testing.T) {
	p := project(method("Pay", nil, "id", uuid))
	p.Services = append(p.Services, model.Service{Entity: order.Struct, Offers: &model.Interface{
		Name: "Payments", Path: "/orders/pay", Methods: []model.Method{method("Pay", nil, "id", uuid), method("Create", nil)},
	}})
	if _, err := Of(p, english.English{}); err != nil {
		t.Errorf("%v", err)
	}
	p.Services[2].Offers.Path = "/orders/{id}"
	if _, err := Of(p, english.English{}); err == nil {
		t.Error("conflicting paths are served")
	}
}
