package gosource

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
)

// mapper converts types to the model.
type mapper struct {
	*loader
	language name.Language
	structs  map[string]*model.Struct // by import path and name
	within   []*types.Named           // the types that are being mapped, outermost first
	followed map[token.Pos]bool       // the directives that stand above a port
	lists    map[listSaid]token.Pos   // the directives above lists
	patched  bool                     // the struct that is being mapped is a merge patch
	hand     map[string]bool          // what is written by hand in adapters: see byHand
}

// broken stands for a type that cannot be derived. A problem was reported, so the model
// is never used.
var broken = &model.Type{Kind: model.String}

// refuse reports that a type cannot cross a port.
func (m *mapper) refuse(at token.Pos, what, instead string) *model.Type {
	m.problems.Add(m.position(at), what, instead)
	return broken
}

// typeOf returns the model of a type that is used at the position.
func (m *mapper) typeOf(t types.Type, at token.Pos) *model.Type {
	t = types.Unalias(t)
	if named, ok := t.(*types.Named); ok {
		return m.named(named, at)
	}
	return m.unnamed(t, at)
}

// named returns the model of a declared type.
func (m *mapper) named(t *types.Named, at token.Pos) *model.Type {
	obj := t.Obj()
	if obj.Pkg() == nil {
		return m.refuse(at, "an "+obj.Name()+" can have any type", "use a concrete type")
	}
	if special := m.special(t, at); special != nil {
		return special
	}
	if refused := m.misplacedStream(t, at); refused != nil {
		return refused
	}
	n := &model.Name{Path: obj.Pkg().Path(), Package: obj.Pkg().Name(), Name: obj.Name()}
	switch {
	case t.TypeArgs().Len() > 0:
		return m.refuse(at, "the generic type "+short(t)+" cannot cross a port", "declare a struct without type parameters")
	case !obj.Exported():
		return m.refuse(at, "the type "+short(t)+" is unexported", "export it: adapters are in other packages")
	case isText(t):
		return m.text(t, n, at)
	case isHalfText(t):
		return m.refuse(at, "the type "+short(t)+" has only one of MarshalText and UnmarshalText, so what is written could not be read",
			"give it both, or neither")
	case m.isUUID(t):
		return &model.Type{Kind: model.UUID, Name: n}
	case slices.Contains(m.within, t):
		return m.refuse(at, "the type "+short(t)+" contains itself", "refer to the other value by its ID")
	}
	m.within = append(m.within, t)
	defer func() { m.within = m.within[:len(m.within)-1] }()
	if c := constructed(t); c != nil {
		return m.value(t, n, c, at)
	}
	if s, ok := t.Underlying().(*types.Struct); ok {
		return &model.Type{Kind: model.Record, Name: n, Struct: m.structOf(t, s, at)}
	}
	if _, ok := t.Underlying().(*types.Pointer); ok {
		return m.refuse(at, "the type "+short(t)+" is a named pointer", "use a pointer to a named type")
	}
	mapped := *m.unnamed(t.Underlying(), at)
	mapped.Name = n
	if mapped.Kind == model.String && hasValid(t) {
		mapped.Values, mapped.Pos = valuesOf(t), m.position(obj.Pos())
	}
	return &mapped
}

// special returns the model of types that have their own kind, or nil.
func (m *mapper) special(t *types.Named, at token.Pos) *model.Type {
	kitPath := m.kitPath()
	switch t.Obj().Pkg().Path() + "." + t.Origin().Obj().Name() {
	case "time.Time":
		return &model.Type{Kind: model.Time}
	case "time.Duration":
		return &model.Type{Kind: model.Duration}
	case kitPath + ".UUID":
		return &model.Type{Kind: model.UUID}
	case kitPath + ".Page":
		return &model.Type{Kind: model.Page}
	case kitPath + ".Event":
		return &model.Type{Kind: model.Events}
	case kitPath + ".Listing":
		return &model.Type{Kind: model.Listing, Elem: m.typeOf(t.TypeArgs().At(0), at)}
	}
	return nil
}

// unnamed returns the model of a type without a name.
func (m *mapper) unnamed(t types.Type, at token.Pos) *model.Type {
	switch t := t.(type) {
	case *types.Basic:
		return m.basic(t, at)
	case *types.Slice:
		if isByte(t.Elem()) {
			return &model.Type{Kind: model.Bytes}
		}
		return &model.Type{Kind: model.Slice, Elem: m.part(t.Elem(), at)}
	case *types.Map:
		return m.mapOf(t, at)
	case *types.Pointer:
		return m.pointer(t, at)
	case *types.Struct:
		return m.refuse(at, "a struct without a name cannot cross a port", "declare it as a named type")
	case *types.Array:
		return m.refuse(at, "the array "+short(t)+" cannot cross a port", "use a slice, or a named type that marshals itself as text")
	case *types.Interface:
		return m.refuse(at, "an interface can hold any type", "use a concrete type")
	case *types.Chan, *types.Signature:
		return m.refuse(at, "the type "+short(t)+" cannot cross a port", ofWhat+", and "+oneByOne)
	default:
		return m.refuse(at, "the type "+short(t)+" cannot cross a port", ofWhat)
	}
}

// mapOf returns the model of a map.
func (m *mapper) mapOf(t *types.Map, at token.Pos) *model.Type {
	key := m.typeOf(t.Key(), at)
	if key.Kind != model.String {
		return m.refuse(at, "a map with keys of type "+short(t.Key())+" cannot cross a port", "use keys that are strings")
	}
	return &model.Type{Kind: model.Map, Key: key, Elem: m.part(t.Elem(), at)}
}

// part returns the model of the element type of a slice, map or pointer.
func (m *mapper) part(t types.Type, at token.Pos) *model.Type {
	elem := m.typeOf(t, at)
	switch elem.Kind {
	case model.Page, model.Listing, model.Events:
		return m.refuse(at, "a "+short(t)+" cannot be part of another type", "make it a parameter or result of its own")
	default:
		return elem
	}
}

func (m *mapper) pointer(t *types.Pointer, at token.Pos) *model.Type {
	elem := m.part(t.Elem(), at)
	switch elem.Kind {
	case model.Pointer, model.Slice, model.Map, model.Bytes:
		return m.refuse(at, "a pointer to a "+string(elem.Kind)+" has two ways to be absent",
			"use "+short(t.Elem())+", which is absent if nil")
	default:
		return &model.Type{Kind: model.Pointer, Elem: elem}
	}
}

// ofWhat is what types that cross a port consist of.
const ofWhat = "use scalars, slices, maps, pointers and named structs"

// kinds are the kinds of basic types. Bits are 0 for int and uint, whose size depends on
// the platform.
var kinds = map[types.BasicKind]model.Type{
	types.Bool: {Kind: model.Bool}, types.String: {Kind: model.String},
	types.Int: {Kind: model.Int}, types.Int8: {Kind: model.Int, Bits: 8}, types.Int16: {Kind: model.Int, Bits: 16},
	types.Int32: {Kind: model.Int, Bits: 32}, types.Int64: {Kind: model.Int, Bits: 64},
	types.Uint: {Kind: model.Uint}, types.Uint8: {Kind: model.Uint, Bits: 8}, types.Uint16: {Kind: model.Uint, Bits: 16},
	types.Uint32: {Kind: model.Uint, Bits: 32}, types.Uint64: {Kind: model.Uint, Bits: 64},
	types.Float32: {Kind: model.Float, Bits: 32}, types.Float64: {Kind: model.Float, Bits: 64},
}

func (m *mapper) basic(t *types.Basic, at token.Pos) *model.Type {
	if t.Kind() == types.Invalid {
		return broken // the type checker has reported it
	}
	mapped, ok := kinds[t.Kind()]
	if !ok {
		return m.refuse(at, "the type "+t.Name()+" cannot cross a port", "use an integer, a float or a string")
	}
	return &mapped
}

// valuesOf returns the constants of the type in the order of declaration.
func valuesOf(t *types.Named) []model.Value {
	scope := t.Obj().Pkg().Scope()
	var consts []*types.Const
	for _, n := range scope.Names() {
		if c, ok := scope.Lookup(n).(*types.Const); ok && c.Exported() && types.Identical(c.Type(), t) {
			consts = append(consts, c)
		}
	}
	slices.SortStableFunc(consts, func(a, b *types.Const) int { return int(a.Pos() - b.Pos()) })
	values := make([]model.Value, len(consts))
	for i, c := range consts {
		values[i] = model.Value{Const: c.Name(), Text: constant.StringVal(c.Val())}
	}
	return values
}

// hasValid reports whether the type has a method Valid() bool, which means that its
// constants are its only values.
func hasValid(t *types.Named) bool {
	signature := methodOf(t, "Valid")
	return signature != nil && signature.Params().Len() == 0 && signature.Results().Len() == 1 &&
		types.Identical(signature.Results().At(0).Type(), types.Typ[types.Bool])
}

// isText reports whether the type marshals itself as text and back.
func isText(t *types.Named) bool {
	marshal, unmarshal := methodOf(t, "MarshalText"), methodOf(t, "UnmarshalText")
	return marshal != nil && marshal.Params().Len() == 0 && marshal.Results().Len() == 2 &&
		unmarshal != nil && unmarshal.Params().Len() == 1 && unmarshal.Results().Len() == 1
}

// isHalfText reports whether a type other than a struct has a method of those of isText,
// but is not one. Of structs, the fields are stored.
func isHalfText(t *types.Named) bool {
	_, isStruct := t.Underlying().(*types.Struct)
	return !isStruct && (methodOf(t, "MarshalText") != nil || methodOf(t, "UnmarshalText") != nil)
}

// text returns the model of a type that marshals itself as text, if that is its whole value.
func (m *mapper) text(t *types.Named, n *model.Name, at token.Pos) *model.Type {
	method, through, _ := types.LookupFieldOrMethod(t, true, nil, "MarshalText")
	if method.(*types.Func).FullName() == "("+m.kitPath()+".Secret).MarshalText" {
		return m.refuse(at, short(t)+" never writes its text, so it cannot be stored or sent", "use a string, or store a hash or the name of the secret")
	}
	if s, ok := t.Underlying().(*types.Struct); ok && len(through) > 1 && s.NumFields() > 1 {
		return m.refuse(at, "the text of "+short(t)+" is that of its "+s.Field(through[0]).Name()+", so its other fields would be lost",
			"give it MarshalText and UnmarshalText of its own, or give "+s.Field(through[0]).Name()+" a name of its own")
	}
	return &model.Type{Kind: model.Text, Name: n, Known: m.known(t)}
}

// methodOf returns the signature of a method of the type or of a pointer to it, or nil.
func methodOf(t types.Type, name string) *types.Signature {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	if f, ok := obj.(*types.Func); ok {
		return f.Signature()
	}
	return nil
}

func isByte(t types.Type) bool {
	b, ok := types.Unalias(t).(*types.Basic)
	return ok && b.Kind() == types.Uint8
}

// short returns the type as written in source code, qualified by package names.
func short(t types.Type) string {
	text := types.TypeString(t, func(p *types.Package) string { return p.Name() })
	return strings.ReplaceAll(text, "interface{}", "any")
}
