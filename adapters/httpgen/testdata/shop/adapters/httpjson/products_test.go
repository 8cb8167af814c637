package httpjson

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/shop/adapters/jsonwire"
	"example.com/shop/domain/product"
	"example.com/shop/kit"
	"example.com/shop/kit/httpserver"
)

// products answer with a product that has the code which they were called with.
type products struct{ version int64 }

func (k *products) Create(_ context.Context, p product.Product) (product.Product, error) {
	return p, nil
}

func (k *products) Get(_ context.Context, code product.Code) (product.Product, error) {
	return product.Product{Code: code, Version: 1}, nil
}

func (k *products) List(_ context.Context, page kit.Page) (kit.Listing[product.Product], error) {
	return kit.Listing[product.Product]{Items: []product.Product{{Code: product.Code(page.After)}}, Next: page.After}, nil
}

func (k *products) Rename(_ context.Context, code product.Code, version int64, name string) (product.Product, error) {
	return product.Product{Code: code, Name: name, Version: version + 1}, nil
}

func (k *products) Patch(_ context.Context, code product.Code, version int64, patch product.Patch) (product.Product, error) {
	return product.Product{Code: code, Name: *patch.Name, Version: version + 1}, nil
}

func (k *products) Delete(_ context.Context, code product.Code) error {
	return kit.Errorf(kit.NotFound, "%s", code)
}

// TestDerivedTextKeys calls the server with the client, with texts of all kinds in paths and
// as cursors.
func TestDerivedTextKeys(t *testing.T) {
	s, err := httpserver.New(httpserver.Config{}, httpserver.Deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	MountProducts(s, &products{})
	server := httptest.NewServer(s)
	defer server.Close()
	caller, err := httpserver.NewCaller(server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	client, ctx := NewProductsClient(caller), t.Context()
	for _, code := range []product.Code{
		"A-1", "a/b", "/a", "//", "100%", "%2F", ".", "..", "../..", " ", "a b", "?a=b&c", "#", "a;b", "a,b", "+", "Zoë", "𝄞", "\n", "'", `"`, `\`,
	} {
		got, err := client.Get(ctx, code)
		if err != nil || got.Code != code {
			t.Errorf("%q: got %q, %v", code, got.Code, err)
		}
		if got, err = client.Rename(ctx, code, 7, "x"); err != nil || got.Code != code || got.Version != 8 {
			t.Errorf("%q: renamed %+v, %v", code, got, err)
		}
		if got, err = client.Patch(ctx, code, 7, product.Patch{Name: new("y")}); err != nil || got.Code != code || got.Name != "y" {
			t.Errorf("%q: patched %+v, %v", code, got, err)
		}
		if err := client.Delete(ctx, code); kit.CodeOf(err) != kit.NotFound || !strings.Contains(err.Error(), string(code)) {
			t.Errorf("%q: deleted, %v", code, err)
		}
		found, err := client.List(ctx, kit.Page{After: kit.CursorOf(code), Limit: 1})
		if err != nil || found.Items[0].Code != code || found.Next != kit.CursorOf(code) {
			t.Errorf("%q: listed %+v, %v", code, found, err)
		}
		answer, err := http.Post(server.URL+"/products", "application/json", bytes.NewReader(jsonwire.AppendProduct(nil, product.Product{Code: code})))
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		at, err := http.Get(server.URL + answer.Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		_, _ = text.ReadFrom(at.Body)
		_ = at.Body.Close()
		if back, err := jsonwire.ReadProduct(text.Bytes()); err != nil || back.Code != code {
			t.Errorf("%q: at %s is %q, %v", code, answer.Header.Get("Location"), back.Code, err)
		}
	}
	if found, err := client.List(ctx, kit.Page{Limit: 1}); err != nil || found.Next != "" {
		t.Errorf("the first page: %+v, %v", found, err)
	}
}
