package openapigen

import (
	"math"
	"slices"

	"github.com/outgrowkit/outgrow/domain/model"
)

// limited returns the schema of a field with the rules of its struct.
func limited(s object, t *model.Type, r model.Rules) object {
	switch t.Kind {
	case model.Pointer:
		return limited(s, t.Elem, r)
	case model.Slice:
		return replaced(s, "items", limited(s.object("items"), t.Elem, r))
	case model.Int, model.Uint:
		if r.Least != nil || r.Most != nil {
			r.Bound(boundsOf(t))
		}
		return bounded(s, r, "minimum", "maximum")
	case model.String:
		if len(t.Values) > 0 {
			return s
		}
		s = bounded(s, r, "minLength", "maxLength")
		if r.Pattern != "" {
			s = replaced(s, "pattern", r.Pattern)
		}
	}
	return s
}

// ofKey returns the rules of a field with those that hold of a key whatever its struct demands: a
// number is 1 or more, and a text is not empty.
func ofKey(r model.Rules, f model.Field) model.Rules {
	if f.Key {
		r.Bound(1, math.MaxInt64)
	}
	return r
}

// boundsOf returns the least and the greatest value of a type of integers.
func boundsOf(t *model.Type) (least, most int64) {
	switch {
	case t.Bits != 0 && t.Bits < 64 && t.Kind == model.Uint:
		return 0, 1<<t.Bits - 1
	case t.Bits != 0 && t.Bits < 64:
		return -1 << (t.Bits - 1), 1<<(t.Bits-1) - 1
	case t.Kind == model.Uint:
		return 0, math.MaxInt64
	}
	return math.MinInt64, math.MaxInt64
}

func bounded(s object, r model.Rules, least, most string) object {
	if r.Least != nil {
		s = replaced(s, least, *r.Least)
	}
	if r.Most != nil {
		s = replaced(s, most, *r.Most)
	}
	return s
}

// replaced returns the object with the member, in the place of one of the name.
func replaced(o object, name string, value any) object {
	i := slices.IndexFunc(o, func(m member) bool { return m.name == name })
	if i < 0 {
		return append(slices.Clone(o), member{name, value})
	}
	o = slices.Clone(o)
	o[i].value = value
	return o
}
