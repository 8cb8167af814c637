package prove

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// awkwardNames are legal names that somebody uses already: SQL, Go, its
// packages, HTTP, or the generated code itself; or whose plural or capitals are
// not the usual ones. With each, the path that it is served at.
var awkwardNames = map[string]string{
	// words of SQL, in one dialect or the other
	"table": "/tables", "group": "/groups", "user": "/users", "index": "", "column": "/columns",
	"transaction": "/transactions", "trigger": "/triggers", "limit": "/limits", "primary": "", "analyze": "", "check": "/checks",
	// packages of Go, and names that the generated code uses
	"time": "", "context": "/contexts", "http": "", "json": "", "errors": "", "sql": "", "domain": "/domains", "ports": "",
	"db": "", "ctx": "", "err": "", "store": "/stores", "bus": "/buses", "event": "/events", "page": "/pages", "server": "/servers",
	"o": "", "id": "", "client": "/clients", "config": "/configs", "outbox": "", "message": "/messages", "listing": "/listings",
	// events and parts of the generated domain
	"created": "", "status": "/statuses", "details": "", "version": "/versions",
	// plurals and initialisms
	"person": "/people", "news": "/news", "category": "/categories", "mouse": "/mice", "series": "/series", "analysis": "/analyses",
	"api_key": "/api-keys", "HTTPServer": "/http-servers", "userID": "/user-ids", "order-item": "/order-items",
	// what would be a suffix of a file
	"foo_test": "/foo-tests", "app_windows": "",
}

// awkwardFields are legal names of fields, in the same spirit.
var awkwardFields = []string{
	"type:string", "func:string?", "select:string", "from:string?", "order:int64", "group:string?", "user:string?",
	"string:string?", "error:string?", "nil:bool?", "len:int?", "time:time?", "context:string?", "ctx:string?", "err:string?",
	"db:string?", "tx:string?", "rowid:int64?", "oid:int64?", "ctid:string?", "xmin:string?", "key:string?", "topic:string?",
	"event:string?", "status:enum:on,off", "details_text:text?", "url:string?", "user_id:uuid?", "http_url:string?", "json:bytes?",
	"x:[]string", "default:float64?", "check:bool?", "limit:int?", "after:string?", "offset:duration?", "new:string?", "change:string?",
	"s:string?", "b:string?", "o:string?", "v:string?", "values:[]int64?", "items:[]string?", "next:string?", "true:bool?",
}

// TestAwkwardNames makes one project of every awkward name as a service, the
// first of them with every awkward name as a field, and the last with names that are too
// long for a database; builds, checks and runs it.
func TestAwkwardNames(t *testing.T) {
	var services []string
	for name := range awkwardNames {
		services = append(services, name+" name:string")
	}
	services = append(services, "awkward "+strings.Join(awkwardFields, " "))
	longest := "very_" + strings.Repeat("l", 35)
	services = append(services, longest+" name:string")
	t.Logf("%d services, %d fields", len(services), len(awkwardFields))
	p := scaffold(t, services...)
	lengthen(t, p, longest)
	// Its stores on Postgres are tried below, not by a suite for each of them.
	examine(t, p, "TEST_CONTAINERS=off")
	binary := p.build(t)
	answerAwkwardly(t, start(t, binary, t.TempDir(), freeAddr(t), "--set", "log.level=warn"), len(services))
	on := "SQLite"
	t.Run("postgres", func(t *testing.T) {
		onPostgres := []string{"SHOP_STORE_ADAPTER=postgres", "SHOP_STORE_POSTGRES_DSN=" + testserver.Postgres(t)}
		answerAwkwardly(t, startWith(t, onPostgres, binary, t.TempDir(), freeAddr(t), "--set", "log.level=warn"), len(services))
		on += " and Postgres"
	})
	fmt.Printf("awkward names: %d services and %d fields built, tested and answered on %s\n", len(services), len(awkwardFields), on)
}

// lengthen adds to a service by hand what has longer names than Postgres allows, which
// differ at their end alone: fields, and the indexes of methods that find by them.
func lengthen(t *testing.T, p project, service string) {
	t.Helper()
	pkg := strings.ReplaceAll(service, "_", "")
	long := strings.Repeat("Long", 16)
	entity := "Very" + strings.ToUpper(service[5:6]) + service[6:]
	p.edit(t, "domain/"+pkg+"/"+pkg+".go", "\tName string\n", "\tName string\n\t"+long+"A *string\n\t"+long+"B *string\n")
	finder := ""
	for _, end := range []string{"A", "B"} {
		finder += "\tFindBy" + long + end + "(ctx context.Context, v *string, page kit.Page) (kit.Listing[" + pkg + "." + entity + "], error)\n"
	}
	p.edit(t, "ports/"+pkg+"s.go", "\tFindByName(", finder+"\tFindByName(")
	p.run(t, "gofmt", "-w", "domain/"+pkg)
	p.run(t, outgrow, "generate")
}

// answerAwkwardly uses every service of the project over HTTP, and stops it.
func answerAwkwardly(t *testing.T, s *service, services int) {
	t.Helper()
	paths := s.collections(t)
	if len(paths) != services {
		t.Errorf("%d collections are served for %d services: %v", len(paths), services, paths)
	}
	for name, path := range awkwardNames {
		if path != "" && !paths[path] {
			t.Errorf("service %s is not served at %s", name, path)
		}
	}
	for path := range paths {
		if path != "/awkwards" {
			s.createAndGet(t, path, `{"name":"Ada"}`)
		}
	}
	s.createAndGet(t, "/awkwards", `{"type":"a","select":"b","order":1,"status":"on","x":[]}`)
	s.stop(t)
}

// collections returns the paths to which one can post, after the OpenAPI
// document.
func (s *service) collections(t *testing.T) map[string]bool {
	t.Helper()
	paths := map[string]bool{}
	doc := s.must(t, http.StatusOK, http.MethodGet, "/openapi.json", "").value(t)
	for path, operations := range doc["paths"].(map[string]any) {
		if _, ok := operations.(map[string]any)["post"]; ok {
			paths[path] = true
		}
	}
	return paths
}

func (s *service) createAndGet(t *testing.T, path, body string) {
	t.Helper()
	created := s.must(t, http.StatusCreated, http.MethodPost, path, body)
	at := created.header.Get("Location")
	s.must(t, http.StatusOK, http.MethodGet, at, "")
	s.must(t, http.StatusOK, http.MethodGet, path, "")
	s.must(t, http.StatusNoContent, http.MethodDelete, at, "")
}
