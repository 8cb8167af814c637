package gosource_test

import (
	"fmt"
	"strings"
	"testing"
)

// published is a port whose last method has the text above it.
func publishedPort(above string) map[string]string {
	return map[string]string{"ports/published.go": `package ports

import (
	"context"

	"example.com/shop/domain/order"
	"example.com/shop/kit"
)

// Desk is served.
//
//outgrow:http /desk
type Desk interface {
	Look(ctx context.Context, id kit.UUID) (order.Order, error)
	// Pay pays.
	//
	` + above + `
	Pay(ctx context.Context, id kit.UUID) error
}
`}
}

func TestMethodDirectives(t *testing.T) {
	for above, want := range map[string]string{
		"//":                                 "Pay <nil>",
		"//outgrow:http POST /desk/{id}/pay": "Pay &{POST /desk/{id}/pay 0 ports/published.go:17:2}",
		"//outgrow:http  PUT  /pay/{orderID} 202": "Pay &{PUT /pay/{orderID} 202 ports/published.go:17:2}",
		"//outgrow:http -":                        "[Pay]",
	} {
		p, err := read(t, publishedPort(above))
		if err != nil {
			t.Errorf("%s: %v", above, err)
			continue
		}
		for _, s := range p.Services {
			if s.Offers == nil || s.Offers.Name != "Desk" {
				continue
			}
			got := fmt.Sprint(s.Offers.Unpublished)
			if m := s.Offers.Methods[len(s.Offers.Methods)-1]; m.Name != "Look" {
				got = fmt.Sprint(m.Name, " ", m.HTTP)
			}
			if got != want {
				t.Errorf("%s is read as %s, want %s", above, got, want)
			}
		}
	}
}

// TestUnpublishedMethodsAreFree shows that what is kept from HTTP may have any signature.
func TestUnpublishedMethodsAreFree(t *testing.T) {
	files := publishedPort("//")
	files["ports/published.go"] = strings.Replace(files["ports/published.go"], "\tPay(", "\t//outgrow:http -\n\tEach(func(order.Order) error)\n\tPay(", 1)
	if _, err := read(t, files); err != nil {
		t.Error(err)
	}
}

func TestWrongMethodDirectives(t *testing.T) {
	const form = "write a verb, a path and, if it is to be another one, the status, such as //outgrow:http POST /orders/{id}/pay 202, or //outgrow:http - to keep the method from HTTP"
	for above, want := range map[string]string{
		"//outgrow:http":                     "//outgrow:http above a method begins with none of GET, POST, PUT, PATCH, DELETE; " + form,
		"//outgrow:http /pay":                "//outgrow:http above a method begins with none of GET, POST, PUT, PATCH, DELETE; " + form,
		"//outgrow:http HEAD /pay":           "//outgrow:http above a method begins with none of GET, POST, PUT, PATCH, DELETE; " + form,
		"//outgrow:http POST":                "//outgrow:http has no valid path; write one in lower case, in which {name} is a parameter, such as /orders/{id}/pay",
		"//outgrow:http POST /Pay":           "//outgrow:http has no valid path; write one in lower case, in which {name} is a parameter, such as /orders/{id}/pay",
		"//outgrow:http POST /pay/{id...}":   "//outgrow:http has no valid path; write one in lower case, in which {name} is a parameter, such as /orders/{id}/pay",
		"//outgrow:http POST /{id}/pay/{id}": "the path has a parameter twice; name each only once",
		"//outgrow:http POST /pay soon":      "soon is not a status; " + form,
		"//outgrow:http POST /pay 202 now":   "//outgrow:http has more than a verb, a path and a status; " + form,
		"//outgrow:https POST /pay":          "unknown directive //outgrow:https; write //outgrow:http GET /path, or remove it",
	} {
		_, err := read(t, publishedPort(above))
		if err == nil || err.Error() != "ports/published.go:17:2: "+want {
			t.Errorf("%s:\n%v\nwant %s", above, err, want)
		}
	}
	_, err := read(t, publishedPort("//outgrow:http POST /a\n\t//outgrow:http POST /b"))
	if err == nil || err.Error() != "ports/published.go:18:2: Pay has two directives //outgrow:http; remove one of them" {
		t.Errorf("two directives: %v", err)
	}
}

// TestStrayMethodDirectives shows that a directive above a method has no effect where the
// port is not served, and that this is told.
func TestStrayMethodDirectives(t *testing.T) {
	for _, above := range []string{"//outgrow:http POST /pay", "//outgrow:http -"} {
		files := publishedPort(above)
		files["ports/published.go"] = strings.Replace(files["ports/published.go"], "//\n//outgrow:http /desk\n", "", 1)
		_, err := read(t, files)
		const want = "ports/published.go:15:2: this directive has no effect here; put it above a method of an interface in package ports that has //outgrow:http /path"
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", above, err)
		}
	}
}
