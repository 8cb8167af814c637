package gosource

import (
	"go/ast"
	"go/types"
)

// isUUID reports whether a type is kit.UUID, or is declared from one that is, as in
// type ID kit.UUID. Package types only knows that it is a [16]byte, as a hash may be.
func (m *mapper) isUUID(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	if isNamed(named, m.kitPath(), "UUID") {
		return true
	}
	from := m.declaredFrom(named)
	return from != nil && m.isUUID(from)
}

// declaredFrom returns the type that stands in the declaration of an array type of the
// module, or nil.
func (m *mapper) declaredFrom(t *types.Named) types.Type {
	s := m.packages[t.Obj().Pkg().Path()]
	if _, isArray := t.Underlying().(*types.Array); !isArray || s == nil {
		return nil
	}
	var declared ast.Expr
	for _, f := range s.files {
		ast.Inspect(f, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.Pos() == t.Obj().Pos() {
				declared = spec.Type
			}
			return declared == nil
		})
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	if declared == nil || types.CheckExpr(m.fset, t.Obj().Pkg(), declared.Pos(), declared, info) != nil {
		return nil
	}
	return info.Types[declared].Type
}
