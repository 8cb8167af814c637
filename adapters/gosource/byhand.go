package gosource

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// byHand returns the declarations written by hand in packages with derived files:
// methods as "sqlite.OrderStore.Get", and others as "httpjson.MountOrders".
func byHand(files fs.FS) (map[string]bool, error) {
	hand := map[string]bool{}
	folders, err := fs.ReadDir(files, "adapters")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, folder := range folders {
		if folder.IsDir() {
			if err := noteByHand(files, path.Join("adapters", folder.Name()), hand); err != nil {
				return nil, err
			}
		}
	}
	return hand, noteByHand(files, "ports/suite", hand)
}

// noteByHand records the declarations of a package, including its internal tests.
func noteByHand(files fs.FS, folder string, hand map[string]bool) error {
	entries, err := fs.ReadDir(files, folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		stem, isGo := strings.CutSuffix(e.Name(), ".go")
		if !isGo || e.IsDir() || strings.HasSuffix(stem, "_gen") || strings.HasSuffix(stem, "_gen_test") {
			continue
		}
		name := path.Join(folder, e.Name())
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		// A file with syntax errors may still have usable declarations.
		f, err := parser.ParseFile(token.NewFileSet(), name, data, parser.SkipObjectResolution)
		if f == nil {
			return err
		}
		if !strings.HasSuffix(f.Name.Name, "_test") {
			noteDeclarations(f, path.Base(folder)+".", hand)
		}
	}
	return nil
}

func noteDeclarations(f *ast.File, pkg string, hand map[string]bool) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			hand[pkg+receiver(d)+d.Name.Name] = true
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				for _, id := range declared(spec) {
					hand[pkg+id.Name] = true
				}
			}
		}
	}
}

// declared returns the names of types, variables and constants.
func declared(spec ast.Spec) []*ast.Ident {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return []*ast.Ident{spec.Name}
	case *ast.ValueSpec:
		return spec.Names
	default:
		return nil
	}
}

// receiver returns "OrderStore." for a method of OrderStore or *OrderStore, and "" for a
// function.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name + "."
	}
	return ""
}
