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
	obj := t.Obj()
	key := obj.Pkg().Path() + "." + obj.Name()
	if known, ok := m.structs[key]; ok {
		return known
	}
	mapped := &model.Struct{
		Name: model.Name{Path: obj.Pkg().Path(), Package: obj.Pkg().Name(), Name: obj.Name()},
		Doc:  m.doc(obj.Pos()),
		Pos:  m.position(obj.Pos()),
	}
	m.structs[key] = mapped
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
	mapped.Fields = m.fields(s, nil, at)
	for i, f := range mapped.Fields {
		_, isMethod := memberOf(t, f.Name).(*types.Func)
		mapped.Fields[i].Hidden = isMethod
	}
	m.checkNames(mapped)
	return mapped
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
func (m *mapper) fields(s *types.Struct, via []string, at token.Pos) []model.Field {
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
			m.refuse(pos, "the field "+f.Name()+" is unexported, so no adapter could store or send it", "export it, or remove it from the struct")
		default:
			fields = append(fields, model.Field{
				Apart: m.tableAbove(f.Pos()),
				Name:  f.Name(), Via: via, Doc: m.doc(f.Pos()), Pos: m.position(pos),
				Wire: name.SnakeOf(f.Name(), m.language), Column: name.SnakeOf(f.Name(), m.language),
				Type: m.part(f.Type(), pos),
			})
		}
	}
	return fields
}

// embedded returns the fields of an embedded struct.
func (m *mapper) embedded(f *types.Var, via []string, pos token.Pos) []model.Field {
	t := types.Unalias(f.Type())
	s, isStruct := t.Underlying().(*types.Struct)
	if _, isNamed := t.(*types.Named); !isNamed || !isStruct || isText(t.(*types.Named)) {
		m.refuse(pos, "the embedded "+short(t)+" is not a struct", "give the field a name")
		return nil
	}
	if !f.Exported() {
		m.refuse(pos, "the embedded "+short(t)+" is unexported", "export it: adapters are in other packages")
		return nil
	}
	if slices.Contains(via, f.Name()) {
		return nil // it contains itself, which the type checker has reported
	}
	return m.fields(s, append(slices.Clone(via), f.Name()), token.NoPos)
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
