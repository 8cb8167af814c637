package query

import (
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// byHand is what to do where no other name or signature helps.
const byHand = "write the method by hand"

// by reads a method that compares fields or sorts. The name is that of the method without
// its kind.
func by(m model.Method, q Query, name string, entity *model.Struct, problems *model.Problems) (Query, bool) {
	params, ok := valuesOf(m, &q, entity)
	if !ok {
		refuse(m, q, entity, problems)
		return Query{}, false
	}
	if name == "" && (m.Name == string(Count) || m.Name == string(All)) {
		if len(params) > 0 {
			refuse(m, q, entity, problems)
		}
		return q, len(params) == 0
	}
	elements, named := elementsOf(entity)
	r := reader{fields: longestFirst(slices.Concat(entity.Fields, named)), elements: elements, bare: strings.HasPrefix(m.Name, string(List))}
	found := readings(r, name, params)
	switch {
	case len(found) == 0:
		explain(m, q, r, name, entity, params, problems)
		return Query{}, false
	case len(found) > 1:
		problems.Add(m.Pos, "the name "+m.Name+" can be read in two ways: as "+describe(found[0])+", or as "+describe(found[1]),
			"rename a field, or write the method by hand under another name")
		return Query{}, false
	}
	q.By, q.Order = found[0].query()
	return q, q.isServed(m, problems)
}

// valuesOf returns the parameters that are values, if the others and the results are as
// they must be.
func valuesOf(m model.Method, q *Query, entity *model.Struct) (params []model.Param, ok bool) {
	params, q.Events = withoutEvents(m)
	result := func(kind model.Kind) bool { return len(m.Results) == 1 && m.Results[0].Kind == kind }
	isInt64 := func() bool { return result(model.Int) && m.Results[0].Bits == 64 && m.Results[0].Name == nil }
	switch q.Kind {
	case Find:
		n := len(params)
		ok = n > 0 && params[n-1].Type.Kind == model.Page && isListing(m.Results, entity)
		params = params[:max(n-1, 0)]
	case All:
		ok = result(model.Sequence) && m.Results[0].Elem.Struct == entity
	case First:
		ok = result(model.Record) && m.Results[0].Struct == entity
	case Count:
		ok = result(model.Int) && m.Results[0].Bits == 64
	case Exists:
		ok = result(model.Bool)
	case Per:
		ok = q.isPer(m.Results)
	default:
		ok = isInt64()
	}
	return params, ok && (!q.Events || q.Kind == Remove)
}

// readings returns up to two readings of a name that have a use for the parameters.
func readings(r reader, name string, params []model.Param) []*reading {
	r.params = params
	r.fits = func(b By) bool { return isComparable(b, model.Method{}, &model.Problems{}) }
	return r.readAny(name)
}

// explain reports why there is no reading of a name.
func explain(m model.Method, q Query, r reader, name string, entity *model.Struct, params []model.Param, problems *model.Problems) {
	found := r.readAny(name)
	if len(found) == 0 {
		problems.Add(m.Pos, m.Name+" does not name fields of "+entity.Name.Name,
			"join the names of its fields with And, or write the method by hand")
		return
	}
	q.By, q.Order = found[0].query()
	taken := 0
	for _, b := range q.By {
		taken += operators[b.Operator]
	}
	if taken != len(params) {
		refuse(m, q, entity, problems)
		return
	}
	for _, b := range q.By {
		b.Param = params[0]
		if b.Operator == Between {
			b.To = params[1]
		}
		params = params[operators[b.Operator]:]
		isComparable(b, m, problems)
	}
}

// describe returns a reading in words.
func describe(r *reading) string {
	by, order := r.query()
	var text strings.Builder
	for i, b := range by {
		if b.Or {
			text.WriteString(" or ")
		} else if i > 0 {
			text.WriteString(" and ")
		}
		text.WriteString(b.Name())
		if b.Operator != Equal {
			text.WriteString(" " + string(b.Operator))
		}
	}
	if order != nil {
		text.WriteString(" ordered by " + order.Field.Name)
		if order.Desc {
			text.WriteString(" descending")
		}
	}
	return text.String()
}

// isComparable reports whether a field can be compared with the parameters, and reports a
// problem if not.
func isComparable(b By, m model.Method, problems *model.Problems) bool {
	value := b.Field.Type.Value()
	switch value.Kind {
	case model.Bool, model.Int, model.Uint, model.Float, model.String, model.Time, model.Duration, model.UUID:
	default:
		problems.Add(m.Pos, m.Name+" cannot compare "+b.Name()+", whose type is "+string(value.Kind), byHand)
		return false
	}
	if b.Operator.isRange() {
		return b.isRangeOf(value, m, problems)
	}
	switch b.Operator {
	case StartingWith:
		if value.Kind != model.String || len(value.Values) > 0 {
			problems.Add(m.Pos, m.Name+" cannot compare the beginning of "+b.Name()+", which is no text", byHand)
			return false
		}
	case In:
		if b.Param.Type.Kind != model.Slice || !b.Param.Type.Elem.Same(value) {
			problems.Add(m.Pos, "the parameter "+b.Param.Name+" of "+m.Name+" is not a slice of what "+b.Name()+" is", "give it the type of the field with [] before it")
			return false
		}
		return true
	}
	isField := b.Param.Type.Same(b.Field.Type) && b.Operator == Equal
	if !isField && !b.Param.Type.Same(value) {
		problems.Add(m.Pos, "the parameter "+b.Param.Name+" of "+m.Name+" and the field "+b.Name()+" have different types", "give the parameter the type of the field")
		return false
	}
	return true
}

// isRangeOf reports whether the field can be compared so: a range of numbers and durations,
// Before and After of times.
func (b By) isRangeOf(value *model.Type, m model.Method, problems *model.Problems) bool {
	is := string(b.Operator)
	isOfTimes := b.Operator == Before || b.Operator == After
	switch {
	case !isSorted(value):
		problems.Add(m.Pos, m.Name+" cannot compare "+b.Name()+" by "+is+": "+unsorted(value), byHand)
		return false
	case b.Operator != Between && isOfTimes != (value.Kind == model.Time):
		problems.Add(m.Pos, m.Name+" cannot compare "+b.Name()+" by "+is, "write Before and After for times, and GreaterThan and LessThan for numbers and durations")
		return false
	}
	for _, p := range []model.Param{b.Param, b.To} {
		if p.Type != nil && !p.Type.Same(value) {
			problems.Add(m.Pos, "the parameter "+p.Name+" of "+m.Name+" and the field "+b.Name()+" have different types",
				"give the parameter the type of the field, without a pointer")
			return false
		}
	}
	return true
}

// isSorted reports whether all stores have values of a type in the same order.
func isSorted(t *model.Type) bool {
	switch t.Kind {
	case model.Int, model.Float, model.Time, model.Duration:
		return true
	case model.Uint:
		return t.Bits > 0 && t.Bits < 64
	}
	return false
}

// unsorted says why values of a type have no order.
func unsorted(t *model.Type) string {
	if t.Kind == model.Uint {
		return "its numbers from 1 << 63 on are kept as negative ones"
	}
	return "only numbers, times and durations are in the same order in every database"
}

// isServed reports whether an index serves the query, and reports a problem if not. It
// gives what is in a range the order of the range.
func (q *Query) isServed(m model.Method, problems *model.Problems) bool {
	what := ""
	instead := byHand + ", or as two methods"
	alternatives := q.Alternatives()
	lists, twice := ofLists(alternatives)
	isSpread := len(alternatives) > 1 || slices.ContainsFunc(q.By, func(b By) bool { return b.Operator == In || b.Operator == StartingWith })
	ranges := rangesOf(alternatives)
	sorts := q.Kind == Find || q.Kind == First
	switch {
	case q.Sum.Name != "" && (q.Sum.Type.Kind != model.Int && q.Sum.Type.Kind != model.Uint || !isSorted(q.Sum.Type)):
		what, instead = m.Name+" cannot add up "+q.Sum.Name+": only integers have the same sum in every database", byHand
	case twice != "":
		what, instead = m.Name+" has two conditions on "+twice+", and does not say whether one element must meet both", byHand
	case slices.ContainsFunc(ranges, func(fields []model.Field) bool { return len(fields) > 1 }):
		what = m.Name + " has ranges of two fields, and an index serves one"
	case q.Kind == All && (q.Order != nil || slices.ContainsFunc(q.By, func(b By) bool { return b.Operator.isRange() })):
		what = m.Name + " has a range or an order, in which it could not go on after an entity that is removed meanwhile"
		instead = "leave it out, or read pages with FindBy…"
	case q.Order != nil && !sorts:
		what, instead = m.Name+" sorts what it does not return", "leave out "+orderWord
	case !sorts:
	case lists != "" && (q.Order != nil || len(ranges) > 0):
		what = m.Name + " has a range or an order beside a field of " + lists + ", and no index has what that finds in another order than that of ID"
	case lists != "":
	case isSpread && (q.Order != nil || slices.ContainsFunc(q.By, func(b By) bool { return b.Operator.isRange() })):
		what = m.Name + " has a range or an order beside In, StartingWith or Or, and no index has what those find in another order than that of ID"
	case isSpread:
	case q.Order != nil && len(ranges) > 0 && ranges[0][0].Name != q.Order.Field.Name:
		what = m.Name + " has a range of one field in the order of another, and an index serves one of them"
		instead = "order it by " + ranges[0][0].Name + ", or " + byHand
	case q.Order == nil && len(ranges) > 0: // which is no problem
		q.Order = &Order{Field: ranges[0][0]}
	case q.Order != nil && len(ranges) == 0 && !canSort(q.Order.Field):
		what = m.Name + " cannot sort by " + q.Order.Field.Name + ": " + unsortable(q.Order.Field.Type)
		instead = byHand
	}
	if what != "" {
		problems.Add(m.Pos, what, instead)
	}
	return what == ""
}

func unsortable(t *model.Type) string {
	if t.Kind == model.Pointer {
		return "it is optional, and databases differ in where nothing is"
	}
	return unsorted(t)
}

// rangesOf returns the fields of which the alternatives have ranges, those that have any.
func rangesOf(alternatives [][]By) [][]model.Field {
	var all [][]model.Field
	for _, conditions := range alternatives {
		var fields []model.Field
		for _, b := range conditions {
			isKnown := func(f model.Field) bool { return f.Name == b.Field.Name }
			if b.Of == nil && (b.Operator.isRange() || b.Operator == StartingWith) && !slices.ContainsFunc(fields, isKnown) {
				fields = append(fields, b.Field)
			}
		}
		if len(fields) > 0 {
			all = append(all, fields)
		}
	}
	return all
}
