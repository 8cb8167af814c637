package query

import (
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// PerKinds are the kinds of fields by whose values a method counts or adds up.
var PerKinds = []model.Kind{model.String, model.UUID, model.Text}

// perWord is before the field by whose values a method counts or adds up.
const perWord = "Per"

// per reads a method such as CountPerStatus or SumTotalPerCustomerByPaid. is reports whether
// it is named so.
func per(m model.Method, entity *model.Struct, problems *model.Problems) (q Query, ok, is bool) {
	q.Kind = Per
	fields := longestFirst(entity.Fields)
	rest, is := strings.CutPrefix(m.Name, string(Count)+perWord)
	for _, f := range fields {
		if after, summed := strings.CutPrefix(m.Name, string(Sum)+f.Name+perWord); summed && !is {
			q.Sum, rest, is = f, after, true
		}
	}
	if !is {
		return Query{}, false, false
	}
	for _, f := range fields {
		after, named := strings.CutPrefix(rest, f.Name)
		conditions, by := strings.CutPrefix(after, "By")
		if !named || after != "" && !by {
			continue
		}
		q.Per = f
		q, ok = q.perValue(m, conditions, entity, problems)
		return q, ok, true
	}
	problems.Add(m.Pos, m.Name+" does not name a field of "+entity.Name.Name+" after "+perWord, "name one, or "+byHand)
	return Query{}, false, true
}

// perValue reads the conditions of a method that counts or adds up by the values of a field.
func (q Query) perValue(m model.Method, conditions string, entity *model.Struct, problems *model.Problems) (Query, bool) {
	if !slices.Contains(PerKinds, q.Per.Type.Kind) {
		why := "it is no text, no enumeration and no UUID"
		if q.Per.Type.Kind == model.Pointer {
			why = "it is optional"
		}
		problems.Add(m.Pos, m.Name+" cannot have a map by "+q.Per.Name+": "+why, byHand)
		return Query{}, false
	}
	if conditions != "" {
		return by(m, q, conditions, entity, problems)
	}
	params, ok := valuesOf(m, &q, entity)
	if !ok || len(params) > 0 {
		refuse(m, q, entity, problems)
		return Query{}, false
	}
	return q, q.isServed(m, problems)
}

// isPer reports whether results are a map by the values of the field.
func (q Query) isPer(results []*model.Type) bool {
	return len(results) == 1 && results[0].Kind == model.Map && results[0].Key.Same(q.Per.Type) &&
		results[0].Elem.Kind == model.Int && results[0].Elem.Bits == 64 && results[0].Elem.Name == nil
}
