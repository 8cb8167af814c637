package lock

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

// Apply gives every field and table of the project the name that the lock has
// for it, and adds what is new to the lock: what is new in one table is made
// by one migration, of the version next or one of those after it. The error is model.Problems for what is
// gone or has another type.
func (l *Lock) Apply(p *model.Project, next int) error {
	a := l.to(p)
	a.first, a.next = next, next
	a.follow()
	for _, s := range p.Structs() {
		a.structure(s)
	}
	for _, e := range p.Events {
		l.structs[keyOf(p, e.Struct)].topic = e.Topic
	}
	for _, t := range p.Enums() {
		a.enumeration(t)
	}
	for i := range p.Services {
		a.table(&p.Services[i])
	}
	for i := range a.project.Services {
		a.refer(&a.project.Services[i])
	}
	for i := range a.project.Services {
		a.lessUnique(&a.project.Services[i])
	}
	a.swaps()
	a.losses()
	a.orphans()
	a.migrations()
	a.nameUnique()
	a.nameNumbers()
	return a.problems.Err()
}

// application is a lock that is being applied.
type application struct {
	*Lock
	project  *model.Project
	first    int                    // the version of the next migration, and of those after it
	next     int                    // that has not been given to any yet
	seen     map[string]bool        // the structs and enumerations that the project has
	stored   map[*model.Struct]bool // those that rows are made of
	made     []*model.Struct        // the entities whose tables are new
	lost     []loss
	swapped  []swap
	problems model.Problems
}

// to returns the lock as it is about to be applied to a project.
func (l *Lock) to(p *model.Project) *application {
	if l.structs == nil {
		l.structs = map[string]*record{}
	}
	a := &application{Lock: l, project: p, seen: map[string]bool{}, stored: map[*model.Struct]bool{}}
	for _, s := range p.Structs() {
		a.seen[keyOf(p, s)] = true
	}
	for _, t := range p.Enums() {
		a.seen[nameKey(p, *t.Name)] = true
	}
	for _, service := range p.Services {
		if service.Keeps == nil {
			continue
		}
		for _, s := range service.Entity.Within() {
			a.stored[s] = true
		}
	}
	return a
}

// structure gives the fields of a struct their JSON and column names.
func (a *application) structure(s *model.Struct) {
	key := keyOf(a.project, s)
	r := a.structs[key]
	if r == nil || r.enum {
		r = a.newRecord(s)
		a.structs[key] = r
	}
	isNew := len(r.fields) == 0
	r.gone = false // it may have come back
	present := map[string]bool{}
	var added []model.Field
	for i := range s.Fields {
		f := &s.Fields[i]
		present[f.Name] = true
		if at := r.find(f.Name); at >= 0 {
			a.known(s, r, at, f, key)
			continue
		}
		added = append(added, *f)
		r.add(f, typeOf(a.project, f.Type))
	}
	lost := len(a.lost)
	for _, f := range r.fields {
		if !present[f.name] && !f.gone {
			a.lose(s, key, f, added)
		}
	}
	if !isNew && lost == len(a.lost) { // a field that was renamed is not new
		a.unfilled(s, r, added)
	}
}

// newRecord returns the record of a new struct. What it has in common with a struct that
// embeds it is sent alike.
func (a *application) newRecord(s *model.Struct) *record {
	for _, outer := range a.project.Structs() {
		known := a.structs[keyOf(a.project, outer)]
		if known == nil || !embeds(outer, s) {
			continue
		}
		for i, f := range s.Fields {
			if at := known.find(f.Name); at >= 0 {
				s.Fields[i].Wire = known.fields[at].wire
			}
		}
	}
	return &record{}
}

// find returns the index of the field with the name, or -1.
func (r *record) find(name string) int {
	return slices.IndexFunc(r.fields, func(f field) bool { return f.name == name && !f.gone })
}

// known gives a field the names that the lock has for it, and checks its type.
func (a *application) known(s *model.Struct, r *record, at int, f *model.Field, key string) {
	entry := &r.fields[at]
	f.Wire, f.Column = entry.wire, entry.column
	was, is := entry.typ, typeOf(a.project, f.Type)
	switch {
	case was == is:
	case widens(was, is):
		entry.typ = is
	case resembles(was, is):
		a.swapped = append(a.swapped, swap{f, key, was, is})
		entry.typ = is
	default:
		instead := "change it back, and add a new field with the new type" + a.retyping(s, f, key, was)
		a.problems.Add(f.Pos, fmt.Sprintf("the type of %s in %s changed from %s to %s, so existing rows and messages could not be read", f.Name, key, was, is), instead)
	}
}

// add adds a new field to the lock, with names that no other field has or had.
func (r *record) add(f *model.Field, typ string) {
	var wires, columns []string
	for _, known := range r.fields {
		wires, columns = append(wires, known.wire), append(columns, known.column)
	}
	f.Wire, f.Column = free(f.Wire, strings.Clone, wires), free(columnName(f.Column), short, columns)
	r.fields = append(r.fields, field{name: f.Name, wire: f.Wire, column: f.Column, typ: typ})
}

// loss is a field that is in the lock but no longer in the struct.
type loss struct {
	in    *model.Struct
	key   string
	from  Path
	field field
	added []model.Field // the new fields of the struct
}

// lose records a missing field, only once if it is missing from an entity and from a
// struct that it embeds.
func (a *application) lose(s *model.Struct, key string, f field, added []model.Field) {
	from := Path{key, f.name}
	if a.isPartOfEntity(s) {
		from.Of = key[:strings.LastIndexByte(key, '.')]
	}
	if !slices.ContainsFunc(a.lost, func(l loss) bool { return l.from == from }) {
		a.lost = append(a.lost, loss{s, key, from, f, added})
	}
}

// isPartOfEntity reports whether a struct is stored in a table of its own, or an entity
// embeds it.
func (a *application) isPartOfEntity(s *model.Struct) bool {
	return slices.ContainsFunc(a.project.Services, func(service model.Service) bool {
		return service.Entity == s || embeds(service.Entity, s)
	})
}

// embeds reports whether a struct has fields of another of its package that it embeds.
func embeds(outer, inner *model.Struct) bool {
	return outer.Name.Path == inner.Name.Path &&
		slices.ContainsFunc(outer.Fields, func(f model.Field) bool { return slices.Contains(f.Via, inner.Name.Name) })
}

// losses reports the missing fields, with the commands that say what happened to them.
func (a *application) losses() {
	together := ""
	if len(a.lost) > 1 {
		together = " (combine the flags for all fields in one command)"
	}
	for _, l := range a.lost {
		instead := fmt.Sprintf("restore it; or, if it was removed, run: outgrow generate --drop %s", l.from)
		if a.wasKey(l) {
			instead = "restore it: rows are told apart by it, and " + anotherKey
		}
		for _, to := range l.added {
			if is := typeOf(a.project, to.Type); resembles(l.field.typ, is) || widens(l.field.typ, is) {
				instead += fmt.Sprintf("; or, if it was renamed, run: outgrow generate --rename %s=%s", l.from, Path{l.from.Of, to.Name})
			}
		}
		a.problems.Add(l.in.Pos, fmt.Sprintf("%s no longer has the field %s, which is stored and sent as %s", a.formerly(l.key), l.field.name, l.field.wire),
			instead+together)
	}
}

// table gives a service the table of its entity, with a migration for what is new in it.
func (a *application) table(s *model.Service) {
	if s.Keeps == nil {
		return
	}
	r := a.structs[keyOf(a.project, s.Entity)]
	isNew := r.table == ""
	if isNew {
		r.table = a.freeTable(s.Table)
		a.made = append(a.made, s.Entity)
	}
	a.key(s.Entity, r, isNew)
	s.Table = r.table
	a.apart(s.Entity, r)
	changed := false
	for i := range r.fields {
		f := &r.fields[i]
		switch {
		case f.gone && f.since > 0:
			s.Gone = append(s.Gone, model.Column{Name: f.column, Type: kept(f.typ)})
		case f.since == 0 && !f.gone:
			f.since, changed = a.next, true
		}
	}
	changed = a.unique(s, r) || changed
	changed = a.numbers(s, r) || changed
	changed = a.index(r, a.indexed(s, "")) || changed
	if r.dated(a.next) || changed {
		a.next++
	}
	a.children(s)
}

// index adds the indexes that a table has not, and reports whether there are any.
func (a *application) index(r *record, all []Index) (added bool) {
	for _, i := range all {
		if !r.hasIndex(i) {
			i.Since = a.next
			r.indexes = append(r.indexes, i)
			added = true
		}
	}
	return added
}

// indexed returns the indexes by which the methods of the store search and sort, in its own
// table or in that of a list.
func (a *application) indexed(s *model.Service, list string) []Index {
	var all []Index
	var tenant []string
	if list == "" {
		all, tenant = a.referring(s.Entity), tenantOf(s.Entity)
	}
	for _, m := range s.Keeps.Methods {
		q, ok := query.Of(m, s.Entity, &model.Problems{}) // problems are reported when the method is derived
		if !ok || !q.IsPlain() && a.project.IsByHand(s.Keeps.Name+"."+m.Name) {
			continue
		}
		for _, i := range q.Indexes() {
			if i.Of != list {
				continue
			}
			columns := make([]string, len(i.Fields))
			for at, f := range i.Fields {
				columns[at] = f.Column
			}
			if len(columns) > 0 && (list != "" || i.Prefix || !slices.Equal(columns, []string{s.Entity.Key().Column})) {
				all = append(all, Index{Columns: slices.Concat(tenant, columns), Prefix: i.Prefix})
			}
		}
	}
	return all
}

// hasIndex reports whether there is an index of the columns, be it for their being unique.
func (r *record) hasIndex(of Index) bool {
	return slices.ContainsFunc(r.indexes, func(i Index) bool {
		return i.isLike(of) || i.isInForce() && !of.Prefix && slices.Equal(i.Columns, of.Columns)
	})
}

// orphans reports entities that are gone while others are new: an entity may have been
// renamed, and its rows would seem to be lost.
func (a *application) orphans() {
	for _, key := range slices.Sorted(maps.Keys(a.structs)) {
		r := a.structs[key]
		if r.table == "" || r.gone || r.child || a.seen[key] || len(a.made) == 0 {
			continue
		}
		s := a.made[0]
		a.problems.Add(s.Pos, fmt.Sprintf("%s is new, and %s, which is stored in the table %s, is gone", keyOf(a.project, s), key, r.table),
			fmt.Sprintf(`if it was renamed, change the name in the line "struct %s" in %s; if not, add "gone" to the end of that line`, key, File))
	}
}

// migrations reports tables that have migrations with the same number, as can happen
// when two branches are merged.
func (a *application) migrations() {
	owner := map[int]string{}
	for _, t := range a.Tables() {
		numbers := map[int]bool{}
		for _, c := range t.Columns {
			numbers[c.Since] = true
		}
		for _, i := range t.Indexes {
			numbers[i.Since] = true
			if i.Until > 0 {
				numbers[i.Until] = true
			}
		}
		for _, d := range t.Data {
			numbers[d.Since] = true
		}
		for _, n := range slices.Sorted(maps.Keys(numbers)) {
			if owner[n] != "" {
				a.problems.Add(File, fmt.Sprintf("the tables %s and %s both have a migration %d", owner[n], t.Name, n),
					"give the one that has not been applied the next free number, here and in its file names")
			}
			owner[n] = t.Name
		}
	}
}
