package embedded

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// TestModulesAreExact shows, for each package of the kit with what it imports, for
// all of them, and for a project without servers, that `go mod tidy` finds nothing to
// change.
func TestModulesAreExact(t *testing.T) {
	sets := [][]string{roots, {".", "run", "storetest", "memorystore", "sqlitestore", "chanbus"}}
	for _, root := range roots {
		sets = append(sets, []string{root})
	}
	for _, cache := range optional { // never without a store, which holds versions that they need
		sets = append(sets, []string{".", "run", "sqlitestore", "chanbus", cache})
	}
	for _, set := range sets {
		t.Run(strings.Join(set, "+"), func(t *testing.T) {
			files := packages(t, set...)
			modules, err := repository(t).Modules(shop, files)
			if err != nil {
				t.Fatal(err)
			}
			tidy(t, append(files, modules...))
		})
	}
}

// tidy runs `go mod tidy -diff`, without a network, on files.
func tidy(t *testing.T, files []plan.File) {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "mod", "tidy", "-diff")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go mod tidy -diff: %v\n%s", err, out)
	}
}

func TestModulesRefuses(t *testing.T) {
	for _, path := range []string{"example.com/con", "example.com/shop/v1", "gopkg.in/shop", "github.com/spf13", "go.uber.org/fx"} {
		_, err := repository(t).Modules(path, nil)
		var refusal plan.Refusal
		if !errors.As(err, &refusal) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want a refusal of one line", path, err)
		}
	}
}

func TestModulesOfUnknownPackage(t *testing.T) {
	_, err := repository(t).Modules(shop, []plan.File{{Path: "a.go", Data: []byte("package a\n\nimport _ \"example.org/unknown\"\n")}})
	if err == nil || !strings.Contains(err.Error(), "example.org/unknown") {
		t.Errorf("%v, want an error that names the package", err)
	}
}
