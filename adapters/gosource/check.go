package gosource

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/outgrowkit/outgrow/domain/model"
)

// Import type-checks the package of the path, as a types.Importer does.
func (l *loader) Import(importPath string) (*types.Package, error) {
	if importPath == "unsafe" {
		return types.Unsafe, nil
	}
	s, ok := l.packages[importPath]
	if !ok {
		if p := l.foreign[importPath]; p != nil {
			return p, nil
		}
		return nil, fmt.Errorf("there is no package %s", importPath)
	}
	if s.loading {
		return nil, fmt.Errorf("%s imports itself through others", importPath)
	}
	if s.types == nil {
		s.loading = true
		s.types = l.check(importPath, s)
		s.loading = false
	}
	return s.types, nil
}

// check type-checks what the package declares and notes every mistake.
func (l *loader) check(importPath string, s *source) *types.Package {
	config := types.Config{
		IgnoreFuncBodies: true,
		Importer:         l,
		Error: func(err error) {
			if e, ok := errors.AsType[types.Error](err); ok && !strings.HasPrefix(e.Msg, "\t") { // those go on about the one before
				l.problems.Add(l.fset.Position(e.Pos).String(), e.Msg, "")
			}
		},
	}
	p, _ := config.Check(importPath, l.fset, s.files, nil) // every error was noted above
	return p
}

// position returns file:line:column, the file relative to the project.
func (l *loader) position(pos token.Pos) string {
	if !pos.IsValid() {
		return ""
	}
	return l.fset.Position(pos).String()
}

// importForeign returns the types of packages that others wrote, from the export
// data that the go command finds or makes.
func importForeign(ctx context.Context, dir string, paths []string) (map[string]*types.Package, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	loaded, err := packages.Load(&packages.Config{
		Context: ctx,
		Dir:     dir,
		Mode:    packages.NeedName | packages.NeedTypes | packages.NeedExportFile,
	}, paths...)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("the go command could not list what the project imports: %w", err)
	}
	found := map[string]*types.Package{}
	var problems model.Problems
	for _, p := range loaded {
		for _, e := range p.Errors {
			problems.Add("", "cannot import "+p.PkgPath+": "+e.Msg, "")
		}
		found[p.PkgPath] = p.Types
	}
	return found, problems.Err()
}
