package app_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"example.com/shop/adapters/httpjson"
	"example.com/shop/adapters/jsonwire"
	"example.com/shop/adapters/memory"
	"example.com/shop/adapters/sqlite"
	"example.com/shop/app"
	"example.com/shop/domain/order"
	"example.com/shop/kit"
	"example.com/shop/kit/httpserver"
	"example.com/shop/kit/memorystore"
	"example.com/shop/kit/sqlitestore"
	"example.com/shop/ports"
)

// TestCost prints how many allocations a request takes, with each store.
func TestCost(t *testing.T) {
	db, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(t.TempDir(), "shop.db")}, jsonwire.Events{}, sqlite.Schema())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	inFile, err := sqlite.NewOrderStore(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	cost(t, "memory", memory.NewOrderStore(memorystore.New(jsonwire.Events{})))
	cost(t, "sqlite", inFile)
}

func cost(t *testing.T, name string, store ports.OrderStore) {
	server, err := httpserver.New(httpserver.Config{}, httpserver.Deps{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	offers := app.NewOrders(store, kit.SystemClock{})
	httpjson.MountOrders(server, offers)
	for i := range 50 {
		if _, err := offers.Create(t.Context(), order.Details{Customer: "Ada", Total: int64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := offers.List(t.Context(), kit.Page{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"get", http.MethodGet, "/orders/" + all.Items[0].ID.String(), "", http.StatusOK},
		{"list", http.MethodGet, "/orders?limit=50", "", http.StatusOK},
		{"post", http.MethodPost, "/orders", `{"customer":"Ada","total":42}`, http.StatusCreated},
	} {
		request := func() {
			r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
			r.Header.Set("Content-Type", "application/json")
			w := &sink{header: http.Header{}}
			server.ServeHTTP(w, r)
			if w.status != c.status {
				t.Fatalf("%s: answered %d", c.name, w.status)
			}
		}
		fmt.Printf("cost %s %s %v\n", c.name, name, testing.AllocsPerRun(300, request)-testing.AllocsPerRun(300, func() {
			r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
			r.Header.Set("Content-Type", "application/json")
			w := &sink{header: http.Header{}}
			w.WriteHeader(http.StatusOK)
			kept = w
		}))
	}
}

// kept has what is made for a request be made on the heap.
var kept *sink

// sink takes an answer and keeps its headers, as net/http does for one request.
type sink struct {
	header http.Header
	status int
}

func (w *sink) Header() http.Header         { return w.header }
func (w *sink) Write(b []byte) (int, error) { return len(b), nil }
func (w *sink) WriteHeader(status int)      { w.status = status }
