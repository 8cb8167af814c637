package route

import (
	"testing"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/model"
)

var (
	reader   = &model.Type{Kind: model.Reader}
	sequence = &model.Type{Kind: model.Sequence, Elem: order}
	failures = &model.Type{Kind: model.Sequence, Elem: record("order", "Failure", model.Field{Name: "Error", Wire: "error", Type: text})}
)

func TestStreams(t *testing.T) {
	for _, c := range []struct {
		method model.Method
		want   string
	}{
		{method("Export", sequence), "GET /orders/export 200"},
		{method("Export", sequence, "filter", filter), "GET /orders/export filter=filter 200"},
		{method("Matching", sequence, "id", uuid, "like", records), "POST /orders/{id}/matching id=path like=member OrdersMatchingBody 200"},
		{method("Get", reader, "id", uuid), "GET /orders/{id} id=path 200"},
		{method("Download", reader, "id", uuid), "GET /orders/{id}/download id=path 200"},
		{method("Update", nil, "id", uuid, "r", reader), "PUT /orders/{id} id=path r=stream 204"},
		{method("Upload", order, "id", uuid, "version", whole, "title", text, "r", reader), "POST /orders/{id}/upload id=path version=version title=query r=stream 200"},
		{stated("PUT /orders/{id}/picture 202", method("Upload", nil, "id", uuid, "r", reader)), "PUT /orders/{id}/picture id=path r=stream 202"},
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

func TestProblemsOfStreams(t *testing.T) {
	for want, m := range map[string]model.Method{
		"ports/orders.go:1:3: the directive limits what Pay reads, and it takes no io.Reader; remove it: bodies that are JSON have http.max_body":                                                                 method("Pay", nil, "id", uuid),
		"ports/orders.go:1:1: Copy takes a stream and returns one, and few clients can send and receive at once; take it in one method, and return it from another":                                               method("Copy", reader, "r", reader),
		"ports/orders.go:1:1: Join takes several readers, and a request has one body; take only one":                                                                                                              method("Join", nil, "a", reader, "b", reader),
		"ports/orders.go:1:1: the body of Upload is its io.Reader, and the parameter d does not fit into a query; take scalars and slices of them beside it":                                                      method("Upload", nil, "d", details, "r", reader),
		"ports/orders.go:1:2: the body of Upload is its io.Reader, and the parameter d of Upload does not fit into a query; take scalars and slices of them beside it":                                            stated("PUT /upload", method("Upload", nil, "d", details, "r", reader)),
		"ports/orders.go:1:2: GET carries no body, and Upload takes an io.Reader; use POST or PUT":                                                                                                                stated("GET /upload", method("Upload", nil, "r", reader)),
		"ports/orders.go:1:2: Export answers with a stream; leave out the status, or use 200":                                                                                                                     stated("GET /export 202", method("Export", sequence)),
		"ports/orders.go:1:1: the elements of the sequence that Failures returns have a member error, as the line has that says what went wrong; return a sequence of a struct without a field that is called so": method("Failures", failures),
	} {
		if m.Name == "Pay" {
			m.Limit = &model.Limit{Bytes: 1000, Pos: "ports/orders.go:1:3"}
		}
		_, err := Of(project(m), english.English{})
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
