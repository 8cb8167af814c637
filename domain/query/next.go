package query

import (
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// next reads a method such as NextNumber, which returns a number that no entity has had in the
// field. is reports whether it is named so.
func next(m model.Method, entity *model.Struct, problems *model.Problems) (q Query, ok, is bool) {
	name, begins := strings.CutPrefix(m.Name, string(Next))
	f, named := entity.Named(name)
	if !begins || !named {
		return Query{}, false, false
	}
	q = Query{Kind: Next, Next: f}
	switch is := f.Type; {
	case f.Name == "Version":
		problems.Add(m.Pos, m.Name+" cannot return numbers for Version, which counts changes", "give the numbers a field of their own")
	case is.Kind == model.Pointer:
		problems.Add(m.Pos, m.Name+" cannot return numbers for "+f.Name+", which is optional", "make it an int64, or "+byHand)
	case is.Kind != model.Int || is.Bits != 0 && is.Bits != 64:
		problems.Add(m.Pos, m.Name+" cannot return numbers for "+f.Name+": it is no int64", "make it one, or a type declared from it; or "+byHand)
	case len(m.Params) > 0 || len(m.Results) != 1 || !m.Results[0].Same(is):
		refuse(m, q, entity, problems)
	default:
		return q, true, true
	}
	return Query{}, false, true
}
