package lock

import (
	"fmt"
	"slices"

	"github.com/outgrowkit/outgrow/domain/model"
)

// unfilled reports new fields of a struct of which there may be rows, if nobody can say
// what existing rows have there.
func (a *application) unfilled(s *model.Struct, r *record, added []model.Field) {
	for _, f := range added {
		name := typeOf(a.project, f.Type)
		if f.Type.Name != nil {
			name = f.Type.Name.Package + "." + f.Type.Name.Name
		}
		refuses := name
		switch {
		case !a.stored[s]:
			continue
		case s.New != nil && f.Type.Kind != model.Pointer:
			refuses = s.Name.Package + "." + s.New.Name
		case !refusesZero(f.Type, r.table == ""):
			continue
		}
		a.problems.Add(f.Pos, fmt.Sprintf("%s is new in %s, and existing rows have no value for it that %s is known to accept", f.Name, keyOf(a.project, s), refuses),
			"make it optional: *"+name)
	}
}

// refusesZero reports whether a type may not accept what stands for a missing value: the
// empty text and, in JSON, a missing member. In a column of its own, the first value of an
// enumeration does. What a constructor makes may accept none.
func refusesZero(t *model.Type, inJSON bool) bool {
	switch t.Kind {
	case model.Text:
		return true
	case model.String:
		return inJSON && len(t.Values) > 0 && !slices.ContainsFunc(t.Values, func(v model.Value) bool { return v.Text == "" })
	case model.Record:
		return t.Struct.New != nil || slices.ContainsFunc(t.Struct.Fields, func(f model.Field) bool { return refusesZero(f.Type, true) })
	default:
		return false
	}
}
