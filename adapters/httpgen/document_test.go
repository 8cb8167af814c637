package httpgen_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/route"
)

// TestStreamsAreDocumented compares what docs/what-can-be-derived.md says of methods that are
// streams with testdata/shop, which TestShop compiles and runs.
func TestStreamsAreDocumented(t *testing.T) {
	document, err := os.ReadFile("../../docs/what-can-be-derived.md")
	if err != nil {
		t.Fatal(err)
	}
	port, err := os.ReadFile("testdata/shop/ports/orders.go")
	if err != nil {
		t.Fatal(err)
	}
	services, err := route.Of(read(t, shop(t)), english.English{})
	if err != nil {
		t.Fatal(err)
	}
	orders := services[slices.IndexFunc(services, func(s route.Service) bool { return s.Offers.Name == "Orders" })]
	found := 0
	for _, r := range orders.Routes {
		if !r.IsStream() {
			continue
		}
		found++
		method := strings.TrimSpace(regexp.MustCompile(`(?m)^\t` + r.Method.Name + `\(.*$`).FindString(string(port)))
		row := "\n| `" + method + "` | `" + r.Pattern() + "` | "
		if !strings.Contains(string(document), row) {
			t.Errorf("there is no row%s", row)
		}
	}
	if found != 5 {
		t.Errorf("there are %d streams", found)
	}
}
