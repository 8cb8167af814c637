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
	"github.com/outgrowkit/outgrow/domain/seal"
)

// TestKitIsDerivedForNoServices shows that the derived files of the kit are what
// is derived for a project without services. UPDATE=1 writes them.
func TestKitIsDerivedForNoServices(t *testing.T) {
	const root = "../../templates/kit"
	kit := fstest.MapFS{"go.mod": {Data: []byte("module github.com/outgrowkit/outgrow/templates/kit\n\ngo 1.26\n")}}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(root, name))
		if app.IsDerived(name) {
			data = seal.Stamp(name, data) // the kit itself needs no checksums
		}
		kit[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d, err := newGenerator(english.English{}, now).Derive(t.Context(), app.Project{
		Files: kit, Stores: []string{"sqlite", "postgres"}, Buses: []string{"channels", "nats"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range d.Write {
		if !strings.Contains(f.Path, "_gen") {
			continue // a project has a lock, the kit has none
		}
		if os.Getenv("UPDATE") == "" {
			t.Errorf("%s is not what is derived:\n%s", f.Path, f.Data)
		} else if err := os.WriteFile(filepath.Join(root, f.Path), f.Data, 0o600); err != nil {
			t.Error(err)
		}
	}
	for _, name := range d.Remove {
		t.Errorf("%s is derived from nothing", name)
	}
}
