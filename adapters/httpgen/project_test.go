package httpgen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/disk"
	"github.com/outgrowkit/outgrow/adapters/embedded"
	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/gosource"
	"github.com/outgrowkit/outgrow/adapters/httpgen"
	"github.com/outgrowkit/outgrow/adapters/jsongen"
	"github.com/outgrowkit/outgrow/adapters/openapigen"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
)

const module = "example.com/shop"

// kit returns the packages of the kit that derived code imports, and the module's files.
func kit(t *testing.T) []plan.File {
	t.Helper()
	source, err := embedded.Open(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	files, err := source.Packages(module, []string{"jsoncodec", "httpserver", "stream", "streamtest", "storetest", "valuetest"})
	if err != nil {
		t.Fatal(err)
	}
	modules, err := source.Modules(module, files)
	if err != nil {
		t.Fatal(err)
	}
	return append(files, modules...)
}

// shop returns the project in testdata/shop with the kit.
func shop(t *testing.T) []plan.File {
	t.Helper()
	files := kit(t)
	for _, name := range []string{
		"domain/order/order.go", "domain/timing/timing.go", "ports/orders.go",
		"adapters/httpjson/orders_test.go", "adapters/httpjson/streams_test.go",
		"domain/parcel/parcel.go", "ports/parcels.go", "adapters/httpjson/parcels_test.go",
		"domain/ticket/ticket.go", "ports/tickets.go", "adapters/httpjson/tickets_test.go",
		"domain/product/product.go", "ports/products.go", "adapters/httpjson/products_test.go",
		"domain/invoice/invoice.go", "ports/invoices.go", "adapters/httpjson/invoices_test.go",
	} {
		data, err := os.ReadFile(filepath.Join("testdata", "shop", name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, plan.File{Path: name, Data: data})
	}
	return files
}

// read returns the model of a project of the files.
func read(t *testing.T, files []plan.File) model.Project {
	t.Helper()
	reader := gosource.Reader{Language: english.English{}}
	p, err := reader.Read(t.Context(), plan.NewTree(files), "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// derive returns what is derived from a project.
func derive(t *testing.T, p model.Project) []plan.File {
	t.Helper()
	var files []plan.File
	for _, emit := range []func(model.Project) ([]plan.File, error){jsongen.Emit, httpgen.Emit, openapigen.Emit} {
		derived, err := emit(p)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, derived...)
	}
	return files
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

// run runs a command in the folder.
func run(t *testing.T, dir string, command ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", command, err, out)
	}
}

// TestShop derives from a project with types and methods of every kind, and runs the
// test of testdata/shop, in which its client calls its server.
func TestShop(t *testing.T) {
	files := shop(t)
	derived := derive(t, read(t, files))
	for _, f := range derived {
		golden := filepath.Join("testdata", "golden", filepath.FromSlash(f.Path)+".golden")
		if os.Getenv("UPDATE") != "" {
			if err := os.MkdirAll(filepath.Dir(golden), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, f.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(golden); err != nil || string(want) != string(f.Data) {
			t.Errorf("%s differs from %s (%v): run UPDATE=1 go test to rewrite it", f.Path, golden, err)
		}
	}
	dir := write(t, append(files, derived...))
	run(t, dir, "go", "vet", "./adapters/...")
	run(t, dir, "go", "test", "./adapters/httpjson", "-run", "^TestDerived|^TestOrders")
}

// TestNothing derives from a project that serves nothing yet.
func TestNothing(t *testing.T) {
	files := append(kit(t),
		plan.File{Path: "domain/order/order.go", Data: []byte("package order\n")},
		plan.File{Path: "ports/ports.go", Data: []byte("package ports\n")})
	run(t, write(t, append(files, derive(t, read(t, files))...)), "go", "vet", "./adapters/...")
}
