package route

import (
	"fmt"
	"strconv"
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

// stated returns a method above which a directive stands.
func stated(http string, m model.Method) model.Method {
	words := append(strings.Fields(http), "0")
	m.HTTP = &model.HTTP{Verb: words[0], Path: words[1], Pos: "ports/orders.go:1:2"}
	m.HTTP.Status, _ = strconv.Atoi(words[2])
	return m
}

func TestStated(t *testing.T) {
	for _, c := range []struct {
		method model.Method
		want   string
	}{
		{stated("GET /stats", method("GetStats", order)), "GET /stats 200"},
		{stated("GET /stats/{day}", method("Stats", order, "day", text, "page", page, "all", many)), "GET /stats/{day} day=path page=page all=query 200"},
		{stated("POST /orders/{id}/pay 202", method("Pay", nil, "id", uuid, "version", whole, "amount", whole)),
			"POST /orders/{id}/pay id=path version=version amount=member OrdersPayBody 202"},
		{stated("PUT /users/{user_id}", method("Rename", order, "version", whole, "userID", uuid)), "PUT /users/{user_id} version=member userID=path OrdersRenameBody 200"},
		{stated("PUT /orders/{id}/{version}", method("Revert", nil, "id", whole, "version", whole)), "PUT /orders/{id}/{version} id=path version=path 204"},
		{stated("DELETE /orders", method("Clear", nil, "id", uuid, "version", whole)), "DELETE /orders id=query version=query 204"},
		{stated("POST /orders/new", method("Create", order, "d", details)), "POST /orders/new d=body Details 201"},
		{stated("POST /orders 200", method("Create", order, "d", details)), "POST /orders d=body Details 200"},
		{stated("PUT /orders/new", method("Create", order, "d", details)), "PUT /orders/new d=body Details 200"},
		{stated("POST /orders 201", method("Import", nil, "d", details)), "POST /orders d=body Details 201"},
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

func TestProblemsOfStated(t *testing.T) {
	for want, methods := range map[string][]model.Method{
		"the path of Pay has {number}, which is none of its parameters; write {user_id} or {amount}, or let it take one of that name": {
			stated("POST /pay/{number}", method("Pay", nil, "userID", uuid, "amount", whole))},
		"the path of Pay has {id}, which is none of its parameters; let it take one of that name": {stated("POST /pay/{id}", method("Pay", nil))},
		"the parameter tags of Find is in the path, which has one value for it; take a number, a text, a time or an ID, or leave {tags} out of the path": {
			stated("GET /{tags}", method("Find", order, "tags", many))},
		"GET carries no body, and the parameter like of Find does not fit into a query; use POST or PUT, or take scalars and slices of them": {
			stated("GET /find", method("Find", order, "like", details))},
		"DELETE carries no body, and the parameter like of Purge does not fit into a query; use POST or PUT, or take scalars and slices of them": {
			stated("DELETE /orders", method("Purge", nil, "like", details))},
		"Pay cannot answer 302; use 200, 201, 202 or 204; errors have the statuses of their codes":                                                                    {stated("POST /pay 302", method("Pay", nil))},
		"Pay has a result, and 204 is without content; use 200, 201 or 202, or return the error alone":                                                                {stated("POST /pay 204", method("Pay", order))},
		"Orders.Get and Orders.Load would both be served at GET /orders/{id}; give another path to one of them, or keep one from HTTP with //outgrow:http - above it": {method("Get", order, "id", uuid), stated("GET /orders/{id}", method("Load", order, "id", uuid))},
		"Orders.Load would be served at GET /orders/{name}, which conflicts with another path; give another path to it":                                               {method("Get", order, "id", uuid), stated("GET /orders/{name}", method("Load", order, "name", text))},
	} {
		_, err := Of(project(methods...), english.English{})
		if err == nil || err.Error() != "ports/orders.go:1:2: "+want {
			t.Errorf("got  %v\nwant %s", err, want)
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
		"Cancel has several results besides the error; return one struct":                                                                                     {several},
		"the result of Cancel cannot be sent over HTTP; return a struct instead":                                                                              {method("Cancel", page)},
		"the parameter l of Cancel cannot be sent over HTTP; take a slice or a struct instead":                                                                {method("Cancel", nil, "l", listing)},
		"Cancel takes several pages; take only one":                                                                                                           {method("Cancel", nil, "a", page, "b", page)},
		"two parameters of Find are called limit; rename one of them":                                                                                         {method("Find", nil, "limit", whole, "page", page)},
		"two parameters of Cancel are called user_id; rename one of them":                                                                                     {method("Cancel", nil, "userID", uuid, "userId", uuid)},
		"Orders.PayID and Orders.PayId would both be served at POST /orders/pay-id; rename one of them, or keep one from HTTP with //outgrow:http - above it": {method("PayID", nil), method("PayId", nil)},
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
