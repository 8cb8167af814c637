package start

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/app"
)

// TestKitIsDerivedForNoServices shows that the derived files of the kit are those of a
// project without services. UPDATE=1 writes them.
func TestKitIsDerivedForNoServices(t *testing.T) {
	const root = "../../templates/kit"
	kit := fstest.MapFS{"go.mod": {Data: []byte("module github.com/outgrowkit/outgrow/templates/kit\n\ngo 1.26\n")}}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(root, name))
		kit[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d, err := newGenerator(english.English{}).Derive(t.Context(), app.Project{
		Files: kit, Stores: []string{"sqlite", "postgres"}, Buses: []string{"channels", "nats"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range d.Write {
		if !strings.Contains(f.Path, "_gen") {
			continue // unlike a project, the kit has no lock
		}
		if os.Getenv("UPDATE") == "" {
			t.Errorf("%s is stale; run with UPDATE=1 to write:\n%s", f.Path, f.Data)
		} else if err := os.WriteFile(filepath.Join(root, f.Path), f.Data, 0o600); err != nil {
			t.Error(err)
		}
	}
	for _, name := range d.Remove {
		t.Errorf("%s is no longer derived; delete it", name)
	}
}
