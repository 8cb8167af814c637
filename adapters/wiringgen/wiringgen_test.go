package wiringgen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/disk"
	"github.com/outgrowkit/outgrow/adapters/embedded"
	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/scaffold"
	"github.com/outgrowkit/outgrow/adapters/wiringgen"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
)

const module = "example.com/shop"

// orders is a service that is kept and served, receipts one that is only kept.
var (
	orders   = model.Service{Offers: &model.Interface{Name: "Orders", Path: "/orders"}, Keeps: &model.Interface{Name: "OrderStore"}, Entity: &model.Struct{}}
	receipts = model.Service{Keeps: &model.Interface{Name: "ReceiptStore"}, Entity: &model.Struct{}}
)

// read returns a store of a package's type Order, which can be read through a cache.
func read(pkg, table string) model.Service {
	entity := &model.Struct{
		Name:   model.Name{Path: module + "/domain/" + pkg, Package: pkg, Name: "Order"},
		Fields: []model.Field{{Name: "ID", Type: &model.Type{Kind: model.UUID}}},
	}
	get := model.Method{
		Name: "Get", Params: []model.Param{{Name: "id", Type: &model.Type{Kind: model.UUID}}},
		Results: []*model.Type{{Kind: model.Record, Struct: entity}},
	}
	return model.Service{Entity: entity, Table: table, Keeps: &model.Interface{Name: pkg + "Store", Methods: []model.Method{get}}}
}

// emit returns the wiring of a project.
func emit(t *testing.T, p model.Project) plan.File {
	t.Helper()
	files, err := wiringgen.Emit(p)
	if err != nil || len(files) != 1 || files[0].Path != "wiring_gen.go" {
		t.Fatalf("got %d files and %v", len(files), err)
	}
	return files[0]
}

func TestGolden(t *testing.T) {
	for name, p := range map[string]model.Project{
		"small": {Module: module, Adapters: map[string][]string{"store": {"sqlite"}, "bus": {"channels"}}, Services: []model.Service{orders}},
		"full": {
			Module: module, Adapters: all(),
			Services: []model.Service{orders, receipts},
		},
		"own": {
			Module: module, Adapters: map[string][]string{"store": {"sqlite"}, "bus": {"channels"}}, Own: []blueprint.OwnPort{
				own(t, "mailer", "console", "smtp", "config"), own(t, "http_url_checker", "sqlite", "amazon_ses", "init", "c"),
			},
			Hand: map[string]bool{
				"smtp.MailerConfig": true, "smtp.Mailer.Ping": true, "config.MailerConfig": true, "amazonses.HTTPURLCheckerConfig": true,
				"sqlite.HTTPURLChecker.Ping": true, "smtp.HTTPURLCheckerConfig": true,
			},
		},
		"cached": {
			Module: module, Adapters: map[string][]string{"store": {"sqlite"}, "bus": {"channels"}, "cache": {"memory"}},
			Services: []model.Service{read("order", "orders"), read("archive", "orders2"), orders},
		},
		"empty": {Module: module, Adapters: map[string][]string{"store": {"sqlite"}, "bus": {"channels"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := emit(t, p).Data
			golden := filepath.Join("testdata", name+".golden")
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(golden); err != nil || string(want) != string(got) {
				t.Errorf("it differs from %s (%v): run UPDATE=1 go test to rewrite it", golden, err)
			}
		})
	}
}

// own returns a port of the owner's with adapters.
func own(t *testing.T, port string, adapters ...string) blueprint.OwnPort {
	t.Helper()
	named := func(text string) name.Name {
		n, err := name.Parse(text, english.English{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	p := blueprint.OwnPort{Name: named(port)}
	for _, a := range adapters {
		p.Adapters = append(p.Adapters, named(a))
	}
	return p
}

// all returns every adapter of each port.
func all() map[string][]string {
	adapters := map[string][]string{}
	for _, port := range blueprint.Catalogue {
		for _, c := range port.Components {
			adapters[port.Name] = append(adapters[port.Name], c.Name)
		}
	}
	return adapters
}

func TestUnknownAdapter(t *testing.T) {
	for _, port := range blueprint.Catalogue {
		p := model.Project{Adapters: map[string][]string{port.Name: {"pigeons"}}}
		if files, err := wiringgen.Emit(p); err == nil {
			t.Errorf("derived %v", files)
		}
	}
}

// adapters stand in for the adapters that are derived of a project.
var adapters = map[string]string{
	"ports/ports.go": `package ports
type (
	Orders interface{ Create() }
	OrderStore interface{ Insert() }
)`,
	"app/app.go": `package app
import (
	"context"
	"example.com/shop/kit"
	"example.com/shop/ports"
)
type Orders struct{}
func (Orders) Create() {}
func NewOrders(ports.OrderStore) Orders { return Orders{} }
type OrderLog struct{}
func (OrderLog) Group() string { return "order-log" }
func (OrderLog) Topics() []string { return []string{"order.created"} }
func (OrderLog) Handle(context.Context, kit.Event, kit.UUID) error { return nil }
func NewOrderLog() OrderLog { return OrderLog{} }`,
	"adapters/httpjson/httpjson.go": `package httpjson
import (
	"example.com/shop/kit/httpserver"
	"example.com/shop/ports"
)
func OpenAPI() []byte { return nil }

func Access() map[string]httpserver.Access { return nil }

func Docs() []byte { return nil }
func MountOrders(*httpserver.Server, ports.Orders) {}`,
	"adapters/jsonwire/jsonwire.go": `package jsonwire
import "example.com/shop/kit"
type Events struct{}
func (Events) Encode(kit.Event) ([]byte, error) { return nil, nil }
func (Events) Decode(string, []byte) (kit.Event, error) { return nil, nil }`,
}

// store stands in for a derived store.
const store = `package NAME
import (
	"context"
	"example.com/shop/kit"
	"example.com/shop/kit/NAMEstore"
)
type OrderStore struct{}
func (*OrderStore) Insert() {}
func NewOrderStore(context.Context, *NAMEstore.DB) (*OrderStore, error) { return &OrderStore{}, nil }
func Schema() kit.Schema { return kit.Schema{} }`

// TestProgram compiles the program of a project with every adapter, and has it
// print its configuration: every key has a default in config.yaml.
func TestProgram(t *testing.T) {
	b := blueprint.Blueprint{Name: "shop", Module: module, Adapters: all()}
	service, err := blueprint.ParseService("order customer:string", english.English{})
	if err != nil {
		t.Fatal(err)
	}
	b.Services = append(b.Services, service)
	dir := write(t, project(t, b))
	got := run(t, dir, "config")
	for _, want := range []string{"store.postgres.dsn", "bus.nats.url", "cache.redis.addr", "cache.near.ttl", "http.addr", "delivery.attempts"} {
		if !strings.Contains(got, want) {
			t.Errorf("config does not print %s:\n%s", want, got)
		}
	}
	if strings.Contains(got, "not set") {
		t.Errorf("a key has no default in config.yaml:\n%s", got)
	}
	got = run(t, dir, "check", "--set", "http.addr=127.0.0.1:0")
	for _, want := range []string{"ok    wiring", "ok    store (sqlite)", "ok    bus (channels)", "ok    cache "} {
		if !strings.Contains(got, want) {
			t.Errorf("check does not print %q:\n%s", want, got)
		}
	}
}

// project returns the files of a project.
func project(t *testing.T, b blueprint.Blueprint) []plan.File {
	t.Helper()
	files := []plan.File{emit(t, model.Project{Module: module, Adapters: b.Adapters, Services: []model.Service{orders}})}
	templates, err := scaffold.New(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	around, err := templates.Project(b, "1.26")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range around {
		if filepath.Ext(f.Path) == ".go" {
			files = append(files, f)
		}
	}
	for path, text := range adapters {
		files = append(files, plan.File{Path: path, Data: []byte(text)})
	}
	for _, name := range b.Adapters["store"] {
		text := strings.ReplaceAll(store, "NAME", name)
		files = append(files, plan.File{Path: "adapters/" + name + "/store.go", Data: []byte(text)})
	}
	return append(files, kitOf(t, files)...)
}

// kitOf returns the packages of the kit that the files import, config.yaml and
// the files of the module.
func kitOf(t *testing.T, files []plan.File) []plan.File {
	t.Helper()
	source, err := embedded.Open(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	imported, err := source.Imported(module, files)
	if err != nil {
		t.Fatal(err)
	}
	kit, err := source.Packages(module, imported)
	if err != nil {
		t.Fatal(err)
	}
	config, err := source.Config(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	modules, err := source.Modules(module, append(files, kit...))
	if err != nil {
		t.Fatal(err)
	}
	return append(append(kit, config), modules...)
}

// write writes the files to a new folder.
func write(t *testing.T, files []plan.File) string {
	t.Helper()
	dir := t.TempDir()
	if err := disk.Open(dir).Create(files); err != nil {
		t.Fatal(err)
	}
	return dir
}

// run runs the program in the folder and returns what it prints.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"run", "."}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}
