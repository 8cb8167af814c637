package lock

import (
	"errors"

	"github.com/outgrowkit/outgrow/domain/model"
)

// A list in an entity whose elements have a table of their own keeps the line of its field,
// which names the table. The table has what the struct of the elements has, by columns: so
// whatever is said of the struct, as that a field was renamed or removed, holds of it too.

// apart gives the lists of an entity the tables of their elements. A list that is JSON in
// existing rows stays so unless a directive says otherwise, and one that has a table keeps it.
func (a *application) apart(s *model.Struct, r *record) {
	_, versioned := s.Version()
	for i := range s.Fields {
		f := &s.Fields[i]
		entry := &r.fields[r.find(f.Name)]
		switch isNew := entry.since == 0; {
		case f.JSON && entry.table != "":
			a.problems.Add(f.Pos, f.Name+" has a table of its own, and there is no way back to JSON in a column", "remove the directive")
		case f.JSON:
		case f.Table == "" && !versioned && (entry.table != "" || isNew && f.IsOfIdentified()):
			a.unversioned(s, *f, entry.table != "")
		case f.Table != "" && entry.table == "" && (isNew || f.Apart):
			entry.table = a.freeTable(f.Table)
			a.structs[entry.table] = &record{child: true, table: entry.table, moved: !isNew}
			a.movable(*f, !isNew)
		}
		f.Table = entry.table
	}
}

// unversioned reports a list that has a table, or would have one, but for its entity, which has
// no version.
func (a *application) unversioned(s *model.Struct, f model.Field, hasTable bool) {
	const why = ", which tells those apart who change it at the same time"
	if hasTable {
		a.problems.Add(f.Pos, f.Name+" has a table of its own, and "+s.Name.Name+" no Version"+why, "give it one, Version int64: there is no way back to JSON in a column")
		return
	}
	a.problems.Add(f.Pos, f.Name+" would have a table of its own, since "+f.Type.Elem.Struct.Name.Name+" has an ID, but "+s.Name.Name+" has no Version"+why,
		"give it one, Version int64; or, for a list that is JSON in a column, put //outgrow:json above it")
}

// movable reports what no migration can read out of JSON.
func (a *application) movable(f model.Field, moved bool) {
	for _, e := range f.Type.Elem.Struct.Fields {
		switch t := e.Type.Value(); {
		case !moved:
		case t.Kind == model.Bytes, t.Kind == model.Duration, t.Kind == model.Uint && t.Bits%64 == 0:
			a.problems.Add(f.Pos, f.Name+" is JSON in existing rows, and no database reads "+e.Name+", whose type is "+string(t.Kind)+", out of it exactly",
				"remove the directive; or add a list with another name, which has a table, and fill it by a command of your own")
		}
	}
}

// children gives the tables of children their columns, each by a migration of its own.
func (a *application) children(s *model.Service) {
	for i := range s.Entity.Fields {
		f := &s.Entity.Fields[i]
		if f.Table == "" {
			continue
		}
		r := a.structs[f.Table]
		changed := false
		for _, e := range a.structs[keyOf(a.project, f.Type.Elem.Struct)].fields {
			changed = r.childColumn(e, a.next) || changed
			if at, _ := r.column(e.column); e.gone && at.since > 0 {
				f.Gone = append(f.Gone, model.Column{Name: e.column, Type: kept(e.typ)})
			}
		}
		if a.index(r, a.indexed(s, f.Name)) || changed {
			a.next++
		}
	}
}

// childColumn has a table of children have the column of a field, and reports whether it is
// new.
func (r *record) childColumn(f field, next int) (added bool) {
	f.since, f.table = next, ""
	for i := range r.fields {
		if r.fields[i].column == f.column {
			if f.since = r.fields[i].since; f.since == 0 && !f.gone { // two branches were merged
				f.since, added = next, true
			}
			r.fields[i] = f
			return added
		}
	}
	if !f.gone {
		r.fields = append(r.fields, f)
	}
	return !f.gone
}

// rootOf returns the table of the entities whose children a table has, and the column of
// the list.
func (l *Lock) rootOf(table string) (root *record, list string) {
	for _, r := range l.structs {
		for _, f := range r.fields {
			if f.table == table {
				return r, f.column
			}
		}
	}
	return &record{}, ""
}

// parseChildren parses "children order_lines", or "children order_lines moved".
func (l *Lock) parseChildren(words []string, line int) (*record, error) {
	words, moved := cutLast(words, wordMoved)
	r := &record{line: line, child: true, moved: moved}
	if len(words) != 2 {
		return r, errors.New(`want "children TABLE" or "children TABLE moved"`)
	}
	r.table = words[1]
	err := check(nameForm, r.table)
	if err == nil && l.structs[r.table] != nil {
		err = errors.New("duplicate children " + r.table)
	}
	if err == nil {
		l.structs[r.table] = r
	}
	return r, err
}

// childrenWords returns what parseChildren parses.
func childrenWords(key string, r *record) []string {
	words := []string{"\n" + wordChildren, key}
	if r.moved {
		words = append(words, wordMoved)
	}
	return words
}
