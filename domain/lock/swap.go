package lock

import (
	"fmt"
	"maps"
	"slices"

	"github.com/outgrowkit/outgrow/domain/model"
)

// follow gives the record of a struct or an enumeration to the type that took its place in
// a field or as the event of a topic: it was renamed or moved. What it holds keeps its
// names.
func (a *application) follow() {
	for _, e := range a.project.Events {
		for _, from := range slices.Sorted(maps.Keys(a.structs)) {
			if to := keyOf(a.project, e.Struct); a.structs[from].topic == e.Topic && a.isFree(from, to) {
				a.move(from, to)
			}
		}
	}
	for again := true; again; {
		again = false
		for _, s := range a.project.Structs() {
			r := a.structs[keyOf(a.project, s)]
			for _, f := range s.Fields {
				if r == nil {
					break
				}
				if at := r.find(f.Name); at >= 0 && a.moved(r.fields[at].typ, typeOf(a.project, f.Type)) {
					again = true
				}
			}
		}
	}
}

// moved gives the records of the parts of a type to those of another that are new, and
// reports whether there are any.
func (a *application) moved(was, is string) bool {
	if kept(was) != kept(is) {
		return false
	}
	found := false
	now := parts(is)
	for i, part := range parts(was) {
		if from, to := declared(part), declared(now[i]); a.isFree(from, to) {
			a.move(from, to)
			a.respell(part, now[i])
			found = true
		}
	}
	return found
}

// isFree reports whether there is a record that no type has any more, and another type
// that has none.
func (a *application) isFree(from, to string) bool {
	r := a.structs[from]
	return r != nil && r.table == "" && !a.seen[from] && a.seen[to] && a.structs[to] == nil
}

func (a *application) move(from, to string) {
	r := a.structs[from]
	delete(a.structs, from)
	a.structs[to] = r
	r.was = from
}

// respell changes a part of the types of all fields.
func (l *Lock) respell(was, is string) {
	for _, r := range l.structs {
		for i, f := range r.fields {
			r.fields[i].typ = partForm.ReplaceAllStringFunc(f.typ, func(part string) string {
				if part == was {
					return is
				}
				return part
			})
		}
	}
}

// swap is a field whose type has other structs or enumerations than before.
type swap struct {
	field   *model.Field
	key     string // of its struct
	was, is string
}

// swaps reports the types that do not have all that those had in whose place they are.
func (a *application) swaps() {
	for _, s := range a.swapped {
		if lacks := a.lacks(s.was, s.is, map[[2]string]bool{}); lacks != "" {
			a.problems.Add(s.field.Pos, fmt.Sprintf("the type of %s in %s changed from %s to %s, which %s, so existing rows and messages could not be read",
				s.field.Name, s.key, s.was, s.is, lacks), "change it back, and add a new field with the new type")
		}
	}
}

// lacks says what the parts of a type do not have of those of another, or returns "".
func (l *Lock) lacks(was, is string, seen map[[2]string]bool) string {
	now := parts(is)
	for i, part := range parts(was) {
		pair := [2]string{declared(part), declared(now[i])}
		old, r := l.structs[pair[0]], l.structs[pair[1]]
		if part == now[i] || old == nil || r == nil || seen[pair] {
			continue
		}
		seen[pair] = true
		for _, f := range old.fields {
			if lacks := l.lacksField(r, f, seen); lacks != "" && !f.gone {
				return lacks
			}
		}
	}
	return ""
}

// lacksField says how the field of another record is missing in r, or returns "".
func (l *Lock) lacksField(r *record, f field, seen map[[2]string]bool) string {
	now, ok := r.sent(f.wire)
	switch {
	case !ok && r.enum:
		return fmt.Sprintf("does not have the value %q", f.wire)
	case !ok:
		return "has no field that is sent as " + f.wire
	case now.typ == f.typ, widens(f.typ, now.typ):
		return ""
	case resembles(f.typ, now.typ):
		return l.lacks(f.typ, now.typ, seen)
	}
	return fmt.Sprintf("has %s as %s, not as %s", f.wire, now.typ, f.typ)
}

// sent returns the field that is sent under the name.
func (r *record) sent(wire string) (field, bool) {
	for _, f := range r.fields {
		if f.wire == wire && !f.gone {
			return f, true
		}
	}
	return field{}, false
}

// formerly returns the key of a record, and the one that it had before.
func (l *Lock) formerly(key string) string {
	if r := l.structs[key]; r.was != "" {
		return key + ", which was " + r.was + ","
	}
	return key
}
