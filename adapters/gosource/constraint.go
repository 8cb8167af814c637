package gosource

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// uniqueDirective is the directive above a field that no two entities may have alike, or
// with the names of several above their struct.
const uniqueDirective = directive + "unique"

// aboveAField is where that directive belongs.
const aboveAField = "put it into the comment above a field of a struct that a store in package ports keeps, " +
	"or with the names of several fields above that struct, as in " + uniqueDirective + " Tenant, Email"

// constraints gives an entity what the directives above its fields, above its struct and
// in those that it embeds say of all entities together.
func (m *mapper) constraints(entity *model.Struct, t *types.Named) {
	s, isStruct := t.Underlying().(*types.Struct)
	if !isStruct {
		return
	}
	for _, c := range m.saidAt(t.Obj().Pos(), uniqueDirective) {
		m.unique(entity, c, namesIn(c.Text))
	}
	for f := range s.Fields() {
		if inner, ok := types.Unalias(f.Type()).(*types.Named); ok && f.Embedded() {
			m.constraints(entity, inner)
			continue
		}
		for _, c := range m.saidAt(f.Pos(), tenantDirective) {
			m.tenant(entity, c, f.Name())
		}
		for _, c := range m.saidAt(f.Pos(), referenceDirective) {
			m.reference(entity, c, f.Name())
		}
		for _, c := range m.saidAt(f.Pos(), uniqueDirective) {
			if len(namesIn(c.Text)) > 0 {
				m.problems.Add(m.position(c.Pos()), uniqueDirective+" above a field names others", "leave out the names, or put it above the struct")
				continue
			}
			m.unique(entity, c, []string{f.Name()})
		}
	}
}

// saidAt returns the directives of a name in the comment on what is declared at the position.
func (m *mapper) saidAt(pos token.Pos, directive string) (found []*ast.Comment) {
	doc := m.docs[pos]
	if doc == nil {
		return nil
	}
	for _, c := range doc.List {
		if name, _, _ := strings.Cut(c.Text, " "); name == directive {
			m.followed[c.Pos()] = true
			found = append(found, c)
		}
	}
	return found
}

// namesIn returns the names of fields that follow a directive.
func namesIn(text string) []string {
	return strings.FieldsFunc(strings.TrimPrefix(text, uniqueDirective), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}

// unique adds fields in which no two entities may be alike, or reports why there can be no
// such rule.
func (m *mapper) unique(entity *model.Struct, c *ast.Comment, names []string) {
	at := m.position(c.Pos())
	if len(names) == 0 {
		m.problems.Add(at, uniqueDirective+" above a struct names no fields", "name them, as in "+uniqueDirective+" Tenant, Email")
		return
	}
	isDistinct := false
	for i, name := range names {
		f, ok := entity.Named(name)
		switch {
		case !ok:
			m.problems.Add(at, entity.Name.Name+" has no field "+name, "write the names of its fields as they are in Go")
			return
		case slices.Contains(names[:i], name):
			m.problems.Add(at, uniqueDirective+" names "+name+" twice", "name each field once")
			return
		case name == entity.Tenant:
			m.problems.Add(at, name+" cannot be one of the fields that are unique together: what is unique is so among those of a tenant", "leave it out")
			return
		case entity.IsKey(f), name == "Version":
			m.notUnique(at, f, entity.IsKey(f), len(names) > 1)
			return
		}
		comparable, distinct := comparesAlike(f.Type)
		if !comparable {
			m.problems.Add(at, name+" cannot be unique: databases and Go do not agree on when two values of its type are alike",
				"declare a field with a number, a text, an enumeration, a time, a duration or a UUID for it")
			return
		}
		isDistinct = isDistinct || distinct
	}
	if !isDistinct {
		m.problems.Add(at, strings.Join(names, ", ")+" alone cannot be unique: there could be no more entities than values",
			"name another field beside it")
		return
	}
	if i := slices.IndexFunc(entity.Unique, func(u model.Unique) bool { return sameNames(u.Fields, names) }); i >= 0 {
		m.problems.Add(at, strings.Join(names, ", ")+" is declared unique twice", "remove one of the directives")
		return
	}
	entity.Unique = append(entity.Unique, model.Unique{Fields: names, Pos: at})
}

// notUnique reports a key or a version that is to be unique, perhaps together with other fields.
func (m *mapper) notUnique(at string, f model.Field, isKey, together bool) {
	what, instead := f.Name+" cannot be unique", "leave out the directive"
	if together {
		what, instead = f.Name+" cannot be one of the fields that are unique together", "leave it out"
	}
	why := "it counts changes, and many entities have had as many"
	if isKey {
		why = "each key is of one entity already"
	}
	m.problems.Add(at, what+": "+why, instead)
}

func sameNames(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// comparesAlike reports whether values of a type are alike in Go where they are in every
// database, and whether there are many of them.
func comparesAlike(t *model.Type) (alike, many bool) {
	t = t.Value()
	switch t.Kind {
	case model.Int, model.Uint, model.Time, model.Duration, model.UUID, model.Text:
		return true, true
	case model.String:
		return true, len(t.Values) == 0
	case model.Bool:
		return true, false
	}
	return false, false
}
