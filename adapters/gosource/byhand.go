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

// byHand returns what is declared by hand in the packages of adapters: methods
// as "sqlite.OrderStore.Get", functions and types as "httpjson.MountOrders".
func byHand(files fs.FS) (map[string]bool, error) {
	hand := map[string]bool{}
	folders, err := fs.ReadDir(files, "adapters")
	if errors.Is(err, fs.ErrNotExist) {
		return hand, nil
	}
	if err != nil {
		return nil, err
	}
	for _, folder := range folders {
		if folder.IsDir() {
			if err := noteByHand(files, folder.Name(), hand); err != nil {
				return nil, err
			}
		}
	}
	return hand, nil
}

func noteByHand(files fs.FS, adapter string, hand map[string]bool) error {
	folder := path.Join("adapters", adapter)
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		stem, isGo := strings.CutSuffix(e.Name(), ".go")
		if !isGo || e.IsDir() || strings.HasSuffix(stem, "_test") || strings.HasSuffix(stem, "_gen") {
			continue
		}
		name := path.Join(folder, e.Name())
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		// A file that does not parse yet may still tell what is in it.
		f, err := parser.ParseFile(token.NewFileSet(), name, data, parser.SkipObjectResolution)
		if f == nil {
			return err
		}
		noteDeclarations(f, adapter, hand)
	}
	return nil
}

func noteDeclarations(f *ast.File, adapter string, hand map[string]bool) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			hand[adapter+"."+receiver(d)+d.Name.Name] = true
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok {
					hand[adapter+"."+t.Name.Name] = true
				}
			}
		}
	}
}

// receiver returns "OrderStore." for a method of OrderStore or of a pointer to
// it, and "" for a function.
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
