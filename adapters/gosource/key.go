package gosource

import (
	"go/token"
	"go/types"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// key has an entity know its key: the field ID if it is a UUID, or else the field that the
// method Get of its store takes.
func (m *mapper) key(entity *model.Struct, store port) {
	if t := entity.Key().Type; t != nil && t.Kind == model.UUID {
		return
	}
	const instead = "add ID of type kit.UUID, or of a type that is declared from it, as in type ID kit.UUID, without MarshalText; " +
		"or let Get take the field that tells them apart, as in Get(ctx context.Context, code string) for a field Code, or number int64 for a field Number"
	taken := keyTaken(store)
	if get := namedMethod(store, "Get"); get != nil && get.Signature().Params().Len() > 2 {
		m.problems.Add(m.position(get.Pos()), "Get of "+store.name.Name()+" takes a key of several fields",
			"add ID of type kit.UUID, and "+uniqueDirective+" above "+entity.Name.Name+" with the names of the fields; "+
				"or, if one of them says of which tenant it is, put "+tenantDirective+" above that one, and let Get take the other alone")
		return
	}
	if taken == nil {
		m.problems.Add(entity.Pos, entity.Name.Name+" is stored but has no field ID that is a UUID, and "+store.name.Name()+" has no Get that takes another one", instead)
		return
	}
	for i, f := range entity.Fields {
		if !strings.EqualFold(f.Name, taken.Name()) {
			continue
		}
		if what, instead := m.noKey(f, taken); what != "" {
			m.problems.Add(f.Pos, f.Name+" cannot be the key of "+entity.Name.Name+", as Get of "+store.name.Name()+" says: "+what, instead)
		}
		entity.Fields[i].Key = true
		return
	}
	m.problems.Add(m.position(taken.Pos()), "Get of "+store.name.Name()+" takes "+taken.Name()+", which is no field of "+entity.Name.Name+", and this has no ID that is a UUID", instead)
}

// keyTaken returns what the method Get of a store takes, or nil.
func keyTaken(store port) *types.Var {
	f := namedMethod(store, "Get")
	if f == nil || f.Signature().Params().Len() != 2 || f.Signature().Variadic() {
		return nil
	}
	return f.Signature().Params().At(1)
}

// namedMethod returns a method of a port, or nil.
func namedMethod(p port, name string) *types.Func {
	for _, f := range p.methods {
		if f.Name() == name {
			return f
		}
	}
	return nil
}

// noKey says why a field cannot be a key, and what to do instead; "" if it can.
func (m *mapper) noKey(f model.Field, taken *types.Var) (what, instead string) {
	const others = "let it be a string, an int64, a type that is declared from one of them, or one that is written as text"
	given := m.typeOf(taken.Type(), token.NoPos)
	switch t := f.Type; {
	case !given.Same(t):
		return "it is of another type than the parameter " + taken.Name(), "give both the same type"
	case len(t.Values) > 0:
		return "there could be no more of them than values", "let it be a string, or add a field ID of type kit.UUID"
	case t.Kind == model.String, t.Kind == model.UUID, t.Kind == model.Int && t.Bits == 64:
		return "", ""
	case t.Kind != model.Text:
		return "it is of the type " + typeText(taken), others
	case !types.Comparable(taken.Type()):
		return "Go cannot compare values of its type by ==", "let it be a string, or a struct of what can be compared"
	case t.New != nil && t.Method != "String":
		return "its text is what " + t.Method + " returns", "call that method String"
	}
	return "", ""
}

// typeText returns the type of a parameter and, of one that is declared from a basic type, that.
func typeText(v *types.Var) string {
	text := short(v.Type())
	if basic, ok := v.Type().Underlying().(*types.Basic); ok && basic.Name() != text {
		text += ", whose underlying type is " + basic.Name()
	}
	return text
}
