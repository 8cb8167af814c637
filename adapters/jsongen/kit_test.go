package jsongen

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
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

// namesIn returns the functions and variables that a file declares.
func namesIn(t *testing.T, source []byte) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names = append(names, d.Name.Name)
		case *ast.GenDecl:
			if v, ok := d.Specs[0].(*ast.ValueSpec); ok {
				names = append(names, v.Names[0].Name)
			}
		}
	}
	return names
}
