package gosource

import (
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
)

// structOf returns the model of a named struct, always the same one for a struct.
func (m *mapper) structOf(t *types.Named, s *types.Struct, at token.Pos) *model.Struct {
	if c := constructed(t); c != nil {
		return m.structBy(t, c, at)
	}
	obj := t.Obj()
	mapped, known := m.newStruct(t)
	if known {
		return mapped
	}
	if m.packages[obj.Pkg().Path()] != nil {
		at = token.NoPos // its fields have positions of their own
	}
	if f := m.foreign(s); f != nil && at == token.NoPos {
		at = obj.Pos()
		if !f.Exported() {
			m.refuse(at, "the fields of "+short(t)+" are those of a type of the package "+f.Pkg().Path()+", which are unexported, so no adapter could store or send it",
				"use that type itself, or give "+short(t)+" MarshalText and UnmarshalText")
			return mapped
		}
	}
	outer := m.patched
	m.patched = strings.HasSuffix(obj.Name(), "Patch")
	mapped.Fields = m.fields(t, s, nil, at)
	m.patched = outer
	for i, f := range mapped.Fields {
		_, isMethod := memberOf(t, f.Name).(*types.Func)
		mapped.Fields[i].Hidden = isMethod
	}
	m.checkNames(mapped)
	return mapped
}

// newStruct returns the model of a named struct, and whether it was there before.
func (m *mapper) newStruct(t *types.Named) (mapped *model.Struct, known bool) {
	obj := t.Obj()
	key := obj.Pkg().Path() + "." + obj.Name()
	if mapped, known = m.structs[key]; known {
		return mapped, true
	}
	mapped = &model.Struct{
		Name: model.Name{Path: obj.Pkg().Path(), Package: obj.Pkg().Name(), Name: obj.Name()},
		Doc:  m.doc(obj.Pos()),
		Pos:  m.position(obj.Pos()),
	}
	m.structs[key] = mapped
	return mapped, false
}

// foreign returns a field that a package outside of the module declares, one that is
// unexported if there is one, or nil.
func (m *mapper) foreign(s *types.Struct) (found *types.Var) {
	for f := range s.Fields() {
		if f.Pkg() != nil && m.packages[f.Pkg().Path()] == nil && (found == nil || !f.Exported()) {
			found = f
		}
	}
	return found
}

// memberOf returns the field or method that a selector with the name denotes.
func memberOf(t *types.Named, name string) types.Object {
	member, _, _ := types.LookupFieldOrMethod(t, true, t.Obj().Pkg(), name)
	return member
}

// fields returns the fields of a struct, with embedded structs replaced by their fields.
// Problems are reported at the fields or, if another module declares them, at the given
// position.
func (m *mapper) fields(t *types.Named, s *types.Struct, via []string, at token.Pos) []model.Field {
	var fields []model.Field
	for f := range s.Fields() {
		pos := at
		if !pos.IsValid() {
			pos = f.Pos()
		}
		switch {
		case f.Embedded():
			fields = append(fields, m.embedded(f, via, pos)...)
		case !f.Exported():
			m.refuse(pos, "the field "+f.Name()+" is unexported, so no adapter could store or send it", makingIt(t, f))
		default:
			fields = append(fields, model.Field{
				Apart: m.aboveList(f.Pos(), tableDirective), JSON: m.aboveList(f.Pos(), jsonDirective),
				Name: f.Name(), Via: via, Doc: m.doc(f.Pos()), Pos: m.position(pos),
				Wire: name.SnakeOf(f.Name(), m.language), Column: name.SnakeOf(f.Name(), m.language),
				Type: m.fieldType(f.Type(), pos),
			})
		}
	}
	return fields
}

// fieldType returns the model of the type of a field. In a merge patch it may be a pointer to
// what can be nil as well.
func (m *mapper) fieldType(t types.Type, pos token.Pos) *model.Type {
	if p, ok := types.Unalias(t).(*types.Pointer); ok && m.patched {
		return &model.Type{Kind: model.Pointer, Elem: m.part(p.Elem(), pos)}
	}
	return m.part(t, pos)
}

// embedded returns the fields of an embedded struct.
func (m *mapper) embedded(f *types.Var, via []string, pos token.Pos) []model.Field {
	t, isNamed := types.Unalias(f.Type()).(*types.Named)
	s, isStruct := f.Type().Underlying().(*types.Struct)
	if !isNamed || !isStruct || isText(t) || constructed(t) != nil {
		m.refuse(pos, "the embedded "+short(f.Type())+" is not a struct of exported fields", "give the field a name")
		return nil
	}
	if !f.Exported() {
		m.refuse(pos, "the embedded "+short(t)+" is unexported", "export it: adapters are in other packages")
		return nil
	}
	if slices.Contains(via, f.Name()) {
		return nil // it contains itself, which the type checker has reported
	}
	return m.fields(t, s, append(slices.Clone(via), f.Name()), token.NoPos)
}

// checkNames reports fields that would have the same name on the wire.
func (m *mapper) checkNames(s *model.Struct) {
	wires := map[string]model.Field{}
	for _, f := range s.Fields {
		first, taken := wires[f.Wire]
		if !taken {
			wires[f.Wire] = f
			continue
		}
		m.problems.Add(f.Pos, "the fields "+first.Name+" and "+f.Name+" are both called "+f.Wire, "rename one of them")
	}
}

// doc returns the comment on the declaration of the name at the position, without
// directives.
func (m *mapper) doc(pos token.Pos) string { return strings.TrimSpace(m.docs[pos].Text()) }
