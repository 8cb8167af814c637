package storegen_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/jsongen"
	"github.com/outgrowkit/outgrow/adapters/storegen"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// kitModule is the module of which the kit in this repository is the folder kit.
const kitModule = "github.com/outgrowkit/outgrow/templates"

var filters = flag.Int("filters", 0, "how many random filters TestDerivedStores/queries finds by in each store, and runs nothing else; 0 is as many as projects do")

// TestDerivedStores compiles what is derived for the projects in testdata, and runs the derived tests.
func TestDerivedStores(t *testing.T) {
	for _, project := range []string{"shop", "queries", "unique", "references", "keys", "values", "aggregates", "tenants"} {
		t.Run(project, func(t *testing.T) { derivedStores(t, project) })
	}
}

func derivedStores(t *testing.T, project string) {
	files := sources(t, project, kitModule)
	p, tables := read(t, kitModule, files)
	stores, err := storegen.Emit(p)
	if err != nil {
		t.Fatal(err)
	}
	wire, err := jsongen.Emit(p)
	if err != nil {
		t.Fatal(err)
	}
	migrations, err := storegen.Migrations(p, tables)
	if err != nil {
		t.Fatal(err)
	}
	files = append(append(append(files, stores...), wire...), migrations...)
	binaries := filepath.Join(t.TempDir(), "tests") + string(filepath.Separator)
	run(t, "", "go", "test", "-c", "-vet=off", "-o", binaries, "-overlay="+overlay(t, files), kitModule+"/adapters/...")
	tested, err := filepath.Glob(binaries + "*.test")
	if err != nil || len(tested) < 3 {
		t.Fatalf("tests of %q, %v", tested, err)
	}
	for _, binary := range tested {
		t.Run(filepath.Base(binary), func(t *testing.T) {
			t.Parallel()
			args := []string{"-test.v", "-test.timeout=30m"}
			if project == "queries" && *filters > 0 {
				args = []string{"-test.v", "-test.timeout=2h", "-test.run=/^Find$", fmt.Sprint("-filters=", *filters)}
			}
			run(t, t.TempDir(), binary, args...)
		})
	}
}

// run runs a program in the folder.
func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// overlay lets the go command see the files next to the kit.
func overlay(t *testing.T, files []plan.File) string {
	t.Helper()
	beside, err := filepath.Abs("../../templates")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replace := map[string]string{}
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(beside, filepath.FromSlash(f.Path))] = name
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}
