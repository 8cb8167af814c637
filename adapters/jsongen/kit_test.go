package jsongen

import (
	"bytes"
	"os"
	"testing"

	"github.com/outgrowkit/outgrow/domain/model"
)

// TestKit shows that what the kit holds is what is derived for no services.
func TestKit(t *testing.T) {
	files, err := Emit(model.Project{Module: "github.com/outgrowkit/outgrow/templates/kit"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := "../../templates/kit/" + f.Path
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(name, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, f.Data) {
			t.Errorf("%s is not what is derived for no services (%v): run UPDATE=1 go test", f.Path, err)
		}
	}
}
