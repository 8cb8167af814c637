package prove

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// versions are a project three times: as it was made, with fields and a service
// added, and with a field renamed and one removed.
type versions struct{ made, added, changed string }

// TestGrow makes a project, adds fields and a service to it, renames a field and
// removes one; and shows that each version reads and writes what those before it have
// kept, and the second what the third has, as after a rollback: on SQLite and on
// Postgres.
func TestGrow(t *testing.T) {
	p := scaffold(t, "order customer:string total:int64")
	binary := func(name string) string {
		to := filepath.Join(t.TempDir(), name)
		if err := os.Rename(p.build(t), to); err != nil {
			t.Fatal(err)
		}
		return to
	}
	g := versions{made: binary("made")}
	p.run(t, outgrow, "add", "field", "order", "discount:int64?", "tags:[]string?", "state:enum:new,done", "due:time", "by:uuid", "note:text", "scan:bytes?")
	p.run(t, outgrow, "add", "service", "order_item", "name:string", "quantity:int")
	p.run(t, "go", "vet", "./...")
	p.run(t, outgrow, "check")
	p.run(t, "env", "TEST_CONTAINERS=off", "go", "test", "./domain/...", "./app/...", "./adapters/sqlite/...")
	g.added = binary("added")
	p.run(t, "sed", "-i", "/Note/d; s/Total/Sum/g", "domain/order/order.go", "domain/order/order_test.go", "app/orders_test.go")
	p.run(t, outgrow, "generate", "--rename", "order.total=order.sum", "--drop", "order.note")
	p.run(t, "go", "vet", "./...")
	g.changed = binary("changed")
	g.use(t)
	on := "SQLite"
	t.Run("postgres", func(t *testing.T) {
		g.use(t, "SHOP_STORE_ADAPTER=postgres", "SHOP_STORE_POSTGRES_DSN="+testserver.Postgres(t))
		on += " and Postgres"
	})
	fmt.Printf("grown: fields and a service added, a field renamed and one removed; every version reads and writes what was kept, on %s\n", on)
}

// use keeps something with each version, and reads it with those after it.
func (g versions) use(t *testing.T, variables ...string) {
	t.Helper()
	dir := t.TempDir()
	run := func(binary string) *service {
		return startWith(t, variables, binary, dir, freeAddr(t), "--set", "log.level=warn")
	}
	s := run(g.made)
	first := s.must(t, http.StatusCreated, http.MethodPost, "/orders", `{"customer":"Ada","total":7}`)
	at := first.header.Get("Location")
	s.stop(t)

	s = run(g.added)
	same(t, "of before", `{"customer":"Ada","total":7,"discount":null,"tags":null,"state":"new","due":"1970-01-01T00:00:00Z",
		"by":"00000000-0000-0000-0000-000000000000","note":"","scan":null}`, s.must(t, http.StatusOK, http.MethodGet, at, "").body)
	details := `{"customer":"Ada","total":8,"tags":["a"],"state":"done","due":"2026-11-23T08:30:00Z",
		"by":"0198c0f2-7d6e-7a3b-8c4d-5e6f70819203","note":"text","scan":"AAEC"}`
	same(t, "changed", details, s.must(t, http.StatusOK, http.MethodPut, at, details, "If-Match", first.header.Get("ETag")).body)
	s.createAndGet(t, "/order-items", `{"name":"pen","quantity":2}`)
	s.stop(t)

	s = run(g.changed)
	without := `{"customer":"Ada","total":8,"tags":["a"],"state":"done","due":"2026-11-23T08:30:00Z",
		"by":"0198c0f2-7d6e-7a3b-8c4d-5e6f70819203","scan":"AAEC"}`
	same(t, "renamed", without, s.must(t, http.StatusOK, http.MethodGet, at, "").body)
	second := s.must(t, http.StatusCreated, http.MethodPost, "/orders", without).header.Get("Location")
	s.stop(t)

	s = run(g.added) // what is rolled back to
	same(t, "rolled back", details, s.must(t, http.StatusOK, http.MethodGet, at, "").body)
	s.must(t, http.StatusOK, http.MethodGet, second, "")
	s.stop(t)
}
