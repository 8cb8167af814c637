package gosource

import (
	"go/types"
	"slices"
)

// view is what the tests of a package see: it, and what imports it, with what is
// declared for tests.
type view struct {
	*compiler

	of  string
	own map[string]*types.Package
}

// Import is compiler.Import, as the tests see it.
func (v *view) Import(importPath string) (*types.Package, error) {
	if p := v.own[importPath]; p != nil {
		return p, nil
	}
	if v.own[v.of] == nil || !v.imports(importPath, map[string]bool{}) {
		return v.compiler.Import(importPath)
	}
	noted := len(v.problems)
	v.own[importPath] = v.check(importPath, v.packages[importPath].files, v, nil)
	v.problems = v.problems[:noted] // they were noted before
	return v.own[importPath], nil
}

// imports reports whether a package imports the one that is tested, be it through
// others.
func (v *view) imports(importPath string, asked map[string]bool) bool {
	p := v.packages[importPath]
	if p == nil || asked[importPath] {
		return false
	}
	asked[importPath] = true
	return slices.ContainsFunc(importsOf(p.files), func(imported string) bool {
		return imported == v.of || v.imports(imported, asked)
	})
}
