package gosource

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Import type-checks the package with the path. It implements types.Importer.
func (l *loader) Import(importPath string) (*types.Package, error) {
	if importPath == "unsafe" {
		return types.Unsafe, nil
	}
	s, ok := l.packages[importPath]
	if !ok {
		if p := l.foreign[importPath]; p != nil {
			return p, nil
		}
		return nil, fmt.Errorf("package %s does not exist", importPath)
	}
	if err := importCycle(l.loading, importPath); err != nil {
		return nil, err
	}
	if s.types == nil {
		l.loading = append(l.loading, importPath)
		s.types = l.check(importPath, s)
		l.loading = l.loading[:len(l.loading)-1]
	}
	return s.types, nil
}

// importCycle returns an error that names the circle which an import closes, if it
// closes one: loading are the packages that are being type-checked, each for the one
// before.
func importCycle(loading []string, importPath string) error {
	first := slices.Index(loading, importPath)
	if first < 0 {
		return nil
	}
	return errors.New("import cycle: " + strings.Join(append(slices.Clone(loading[first:]), importPath), " imports "))
}

// check type-checks the declarations of a package and reports every error.
func (l *loader) check(importPath string, s *source) *types.Package {
	config := types.Config{
		IgnoreFuncBodies: true,
		Importer:         l,
		Error: func(err error) {
			if e, ok := errors.AsType[types.Error](err); ok && !strings.HasPrefix(e.Msg, "\t") { // a continuation of the previous error
				l.problems.Add(l.fset.Position(e.Pos).String(), e.Msg, "")
			}
		},
	}
	p, _ := config.Check(importPath, l.fset, s.files, nil) // every error was reported above
	return p
}

// position returns file:line:column, with the file relative to the project.
func (l *loader) position(pos token.Pos) string {
	if !pos.IsValid() {
		return ""
	}
	return l.fset.Position(pos).String()
}

// importForeign returns the types of packages outside the module, from export data that
// the go command supplies, and the reasons why some cannot be imported, both by path.
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
		return nil, nil, unlisted(err)
	}
	for _, p := range loaded {
		for _, e := range p.Errors {
			missing[p.PkgPath] = e.Msg
		}
		found[p.PkgPath] = p.Types
	}
	return found, missing, nil
}

// importForeign imports the packages outside the module. It reports those that cannot be
// imported wherever they are.
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
