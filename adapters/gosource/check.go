package gosource

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/packages"
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
// data that the go command finds or makes, and why some of them cannot be had, by
// path.
func importForeign(ctx context.Context, g goCommand, paths []string) (found map[string]*types.Package, missing map[string]string, err error) {
	found, missing = map[string]*types.Package{}, map[string]string{}
	if len(paths) == 0 {
		return found, missing, nil
	}
	loaded, err := packages.Load(&packages.Config{
		Context:    ctx,
		Dir:        g.dir,
		BuildFlags: g.flags,
		Mode:       packages.NeedName | packages.NeedTypes | packages.NeedExportFile,
	}, paths...)
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the go command could not list what the project imports: %w", err)
	}
	for _, p := range loaded {
		for _, e := range p.Errors {
			missing[p.PkgPath] = e.Msg
		}
		found[p.PkgPath] = p.Types
	}
	return found, missing, nil
}

// importForeign imports what others wrote. What cannot be had is a problem wherever
// it is imported.
func (l *loader) importForeign(ctx context.Context, g goCommand) error {
	found, missing, err := importForeign(ctx, g, l.foreignPaths())
	if err != nil {
		return err
	}
	l.foreign = found
	for _, s := range l.packages {
		for _, f := range s.files {
			for _, spec := range f.Imports {
				imported := strings.Trim(spec.Path.Value, "\"`")
				if reason := missing[imported]; reason != "" {
					l.problems.Add(l.position(spec.Path.Pos()), "cannot import "+imported+": "+reason, "")
				}
			}
		}
	}
	return l.problems.Err()
}
