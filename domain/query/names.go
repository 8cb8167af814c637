package query

import (
	"cmp"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// The words of names beside operators and fields.
const (
	andWord   = "And"
	orWord    = "Or"
	orderWord = "OrderBy"
	descWord  = "Desc"
)

// reading is one way to read the rest of a name: a condition, and what follows it, or the
// order at its end.
type reading struct {
	by    *By // nil for the order, and at the end
	order *Order
	next  *reading
}

// query returns the conditions and the order of a reading.
func (r *reading) query() (by []By, order *Order) {
	for ; r != nil; r = r.next {
		if r.by != nil {
			by = append(by, *r.by)
		}
		order = r.order
	}
	return by, order
}

// reader reads names. It remembers what the rest of a name can mean, so that it is fast
// however often a name contains its words, and does not tell more than two readings apart.
type reader struct {
	fields   []model.Field      // the longest names first
	elements map[string]element // those of the fields that lists have
	words    bool               // names may have operators, alternatives and an order
	bare     bool               // names have an order alone
	// The parameters, which a reading must have a use for; without fits, it need not.
	params []model.Param
	fits   func(By) bool
	known  map[place][]*reading
}

// place is in a name: how much of it is left, and how many parameters are.
type place struct{ left, params int }

func longestFirst(fields []model.Field) []model.Field {
	return slices.SortedStableFunc(slices.Values(fields), func(a, b model.Field) int { return cmp.Compare(len(b.Name), len(a.Name)) })
}

// read returns up to two readings of a name's conditions and order. It prefers those in
// which the names of fields are the longest.
func (r reader) read(name string) []*reading {
	r.known = map[place][]*reading{}
	if r.bare {
		return r.order(name, r.params)
	}
	return r.conditions(name, r.params, false)
}

// readAny is read, of what names fields alone and, where that cannot be, of words as well.
func (r reader) readAny(name string) []*reading {
	found := r.read(name)
	if len(found) == 0 {
		r.words = true
		found = r.read(name)
	}
	return found
}

// conditions returns the readings of a name from a condition on, which begins an
// alternative or not.
func (r reader) conditions(name string, params []model.Param, or bool) (found []*reading) {
	at := place{len(name), len(params)}
	if known, ok := r.known[at]; ok {
		return withOr(known, or)
	}
	for _, f := range r.fields {
		rest, ok := strings.CutPrefix(name, f.Name)
		if !ok {
			continue
		}
		for _, o := range r.operators(rest) {
			by, others, ok := r.take(f, o, params)
			if !ok {
				continue
			}
			for _, next := range r.after(strings.TrimPrefix(rest, string(o)), others) {
				found = append(found, &reading{by: &by, next: next})
			}
		}
	}
	found = found[:min(len(found), 2)]
	r.known[at] = found
	return withOr(found, or)
}

// withOr returns readings that begin with an alternative.
func withOr(found []*reading, or bool) []*reading {
	if !or {
		return found
	}
	all := make([]*reading, len(found))
	for i, r := range found {
		by := *r.by
		by.Or = true
		all[i] = &reading{by: &by, next: r.next}
	}
	return all
}

// operators returns the operators with which the rest of a name may begin.
func (r reader) operators(rest string) []Operator {
	all := []Operator{Equal}
	for _, o := range []Operator{Between, GreaterThan, LessThan, Before, After, In, StartingWith} {
		if r.words && strings.HasPrefix(rest, string(o)) {
			all = append(all, o)
		}
	}
	return all
}

// take returns a condition with its parameters, and the others.
func (r reader) take(f model.Field, o Operator, params []model.Param) (by By, others []model.Param, ok bool) {
	by = By{Field: f, Operator: o}
	if e, ok := r.elements[f.Name]; ok && f.Table != "" {
		by.Of, by.Field = e.of, e.field
	}
	if r.fits == nil {
		return by, nil, true
	}
	n := operators[o]
	if len(params) < n {
		return by, nil, false
	}
	by.Param = params[0]
	if o == Between {
		by.To = params[1]
	}
	return by, params[n:], r.fits(by)
}

// after returns the readings of a name after a condition.
func (r reader) after(name string, params []model.Param) []*reading {
	if name == "" {
		return r.end(params, nil)
	}
	if rest, ok := strings.CutPrefix(name, andWord); ok {
		return r.conditions(rest, params, false)
	}
	if !r.words {
		return nil
	}
	if strings.HasPrefix(name, orderWord) {
		return r.order(name, params)
	}
	if rest, ok := strings.CutPrefix(name, orWord); ok {
		return r.conditions(rest, params, true)
	}
	return nil
}

// order returns the readings of the order at the end of a name.
func (r reader) order(name string, params []model.Param) (found []*reading) {
	for _, f := range r.fields {
		if f.Table != "" {
			continue // a list, or of its elements
		}
		switch strings.TrimPrefix(name, orderWord+f.Name) {
		case "":
			found = append(found, r.end(params, &Order{Field: f})...)
		case descWord:
			found = append(found, r.end(params, &Order{Field: f, Desc: true})...)
		}
	}
	return found[:min(len(found), 2)]
}

// end returns the reading of the end of a name, if no parameters are left.
func (r reader) end(params []model.Param, order *Order) []*reading {
	if len(params) > 0 {
		return nil
	}
	return []*reading{{order: order}}
}
