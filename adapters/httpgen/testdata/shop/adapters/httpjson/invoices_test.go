package httpjson

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/shop/domain/invoice"
	"example.com/shop/kit/httpserver"
)

// invoices answer with an invoice of the number which they were called with.
type invoices struct{}

func (invoices) Get(_ context.Context, number invoice.Number) (invoice.Invoice, error) {
	return invoice.Invoice{Number: number}, nil
}

func (invoices) Page(_ context.Context, number invoice.Number, page uint8) (invoice.Invoice, error) {
	return invoice.Invoice{Number: number, Total: int64(page)}, nil
}

// TestDerivedNumberKeys tests that there is one path of a number.
func TestDerivedNumberKeys(t *testing.T) {
	s, err := httpserver.New(httpserver.Config{}, httpserver.Deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	MountInvoices(s, invoices{})
	server := httptest.NewServer(s)
	defer server.Close()
	caller, err := httpserver.NewCaller(server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range []invoice.Number{1, 42, 1 << 62} {
		got, err := NewInvoicesClient(caller).Page(t.Context(), number, 7)
		if err != nil || got.Number != number || got.Total != 7 {
			t.Errorf("%d: got %+v, %v", number, got, err)
		}
	}
	const shortest = "must be a whole number in its shortest form, such as 42"
	for path, want := range map[string]map[string]string{
		"/1.0":         {"number": shortest},
		"/1e3":         {"number": shortest},
		"/01":          {"number": shortest},
		"/+1":          {"number": shortest},
		"/1%20":        {"number": shortest},
		"/one":         {"number": shortest},
		"/01/pages/02": {"number": shortest, "page": shortest},
		"/1/pages/256": {"page": "must be between 0 and 255"},
	} {
		answer, err := http.Get(server.URL + "/invoices" + path)
		if err != nil {
			t.Fatal(err)
		}
		var problem struct {
			Errors []struct{ Field, Message string }
		}
		err = json.NewDecoder(answer.Body).Decode(&problem)
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusUnprocessableEntity || err != nil || len(problem.Errors) != len(want) {
			t.Errorf("%s: %s, %+v, %v", path, answer.Status, problem, err)
		}
		for _, e := range problem.Errors {
			if e.Message != want[e.Field] {
				t.Errorf("%s: %s %s, want %s", path, e.Field, e.Message, want[e.Field])
			}
		}
	}
}
