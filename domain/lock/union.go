package lock

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Union returns the lock that has what either of two branches has given. The base is the
// lock that both began with, as far as it is known; there says which migrations have
// files. The result is the same whichever branch is merged into the other.
//
// A column that both branches added, each by a migration of its own, is made once: by
// the one whose files are there. The error has a line for each name that the branches
// do not agree on.
func Union(base, ours, theirs Lock, there func(version int) bool) (Lock, error) {
	u := &union{there: there, out: Lock{structs: map[string]*record{}}}
	all := maps.Clone(ours.structs)
	maps.Copy(all, theirs.structs)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		o, t := ours.structs[key], theirs.structs[key]
		if o == nil || t == nil {
			u.out.structs[key] = cmp.Or(o, t)
			continue
		}
		u.out.structs[key] = u.merge(key, cmp.Or(base.structs[key], &record{}), o, t)
	}
	u.checkTables()
	return u.out, errors.Join(u.errs...)
}

// union is a union that is being made.
type union struct {
	there func(version int) bool
	out   Lock
	errs  []error
}

func (u *union) refuse(format string, args ...any) {
	u.errs = append(u.errs, fmt.Errorf(File+": "+format, args...))
}

// merge returns what two branches say of a struct.
func (u *union) merge(key string, base, ours, theirs *record) *record {
	m := &recordUnion{union: u, key: key, base: base, twice: map[[2]int][]string{}}
	if ours.enum != theirs.enum {
		u.refuse("%s is a struct on one branch and an enum on the other; give one of them another name on its branch", key)
		return ours
	}
	r := &record{enum: ours.enum, child: ours.child, moved: ours.moved || theirs.moved, table: cmp.Or(ours.table, theirs.table), key: cmp.Or(ours.key, theirs.key), topic: ours.topic, gone: ours.gone || theirs.gone}
	if ours.topic == base.topic {
		r.topic = theirs.topic
	}
	if ours.table != theirs.table && ours.table != "" && theirs.table != "" {
		u.refuse("%s is kept in the table %s on one branch and in %s on the other; choose one in %s", key, ours.table, theirs.table, File)
	}
	if ours.key != theirs.key && ours.table != "" && theirs.table != "" {
		u.refuse("the rows of %s are told apart by %s on one branch and by %s on the other; give one of them another name on its branch",
			key, ours.keyText(), theirs.keyText())
	}
	var added []field
	for _, o := range ours.fields {
		t, both := theirs.column(o.column)
		if both {
			o = m.field(o, t)
		}
		if _, old := base.column(o.column); old || both && len(base.fields) == 0 {
			r.fields = append(r.fields, o)
		} else {
			added = append(added, o)
		}
	}
	for _, t := range theirs.fields {
		if _, ok := ours.column(t.column); !ok {
			added = append(added, t)
		}
	}
	slices.SortFunc(added, func(a, b field) int {
		return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(place(a, ours, theirs), place(b, ours, theirs)), cmp.Compare(a.column, b.column))
	})
	r.fields = append(r.fields, added...)
	r.indexes, r.data = indexesOf(ours, theirs), dataOf(ours, theirs)
	m.once(r)
	m.checkNames(r)
	return r
}

// place returns where a column is on the branch whose migration adds it: a migration is
// named for the first of its columns. Fields without a migration have no place.
func place(f field, branches ...*record) int {
	for _, r := range branches {
		if i := slices.IndexFunc(r.fields, func(g field) bool { return g.column == f.column && g.since == f.since }); f.since != 0 && i >= 0 {
			return i
		}
	}
	return 0
}

func (r *record) column(name string) (field, bool) {
	i := slices.IndexFunc(r.fields, func(f field) bool { return f.column == name })
	if i < 0 {
		return field{}, false
	}
	return r.fields[i], true
}

// indexesOf returns the indexes of both, each migration's once and in the order of the branch
// that has it: a migration is named for the first of them.
func indexesOf(ours, theirs *record) []Index {
	all := slices.Clone(ours.indexes)
	for _, t := range theirs.indexes {
		if i := slices.IndexFunc(all, func(o Index) bool { return o.Since == t.Since && o.isLike(t) }); i >= 0 {
			all[i].Until = untilOf(all[i], t)
		} else {
			all = append(all, t)
		}
	}
	slices.SortStableFunc(all, func(a, b Index) int { return cmp.Compare(a.Since, b.Since) })
	return all
}

// recordUnion is the union of what two branches say of a struct.
type recordUnion struct {
	*union
	key   string
	base  *record
	twice map[[2]int][]string // fields that were added by two migrations
}

// field returns what two branches say of a column that both have.
func (m *recordUnion) field(ours, theirs field) field {
	f := ours
	f.gone = ours.gone || theirs.gone
	f.table = cmp.Or(ours.table, theirs.table)
	f.name = m.name(ours, theirs)
	f.typ = m.typ(ours, theirs)
	switch {
	case ours.since == 0 || theirs.since == 0:
		f.since = ours.since + theirs.since
	case ours.since != theirs.since:
		versions := [2]int{min(ours.since, theirs.since), max(ours.since, theirs.since)}
		m.twice[versions] = append(m.twice[versions], f.name)
		f.since = m.chosen(versions)
	}
	if ours.wire != theirs.wire {
		m.refuse("the column %s of %s is sent as %s on one branch and as %s on the other; choose one in %s", f.column, m.key, ours.wire, theirs.wire, File)
	}
	return f
}

// name returns what a field is called in Go: what it was renamed to, if it was.
func (m *recordUnion) name(ours, theirs field) string {
	was, known := m.base.column(ours.column)
	switch {
	case ours.name == theirs.name, known && theirs.name == was.name:
		return ours.name
	case known && ours.name == was.name:
		return theirs.name
	}
	m.refuse("the column %s of %s is the field %s on one branch and %s on the other; choose one in %s", ours.column, m.key, ours.name, theirs.name, File)
	return ours.name
}

// typ returns the type of a field: the wider one.
func (m *recordUnion) typ(ours, theirs field) string {
	was, _ := m.base.column(ours.column)
	switch {
	case ours.typ == theirs.typ, theirs.typ == was.typ, widens(theirs.typ, ours.typ):
		return ours.typ
	case ours.typ == was.typ, widens(ours.typ, theirs.typ):
		return theirs.typ
	}
	m.refuse("%s of %s is %s on one branch and %s on the other; give one of them another name in Go, its struct's lines here and its migration, "+
		"or take one of the lines", ours.name, m.key, ours.typ, theirs.typ)
	return ours.typ
}

// chosen returns which of two migrations makes a column that both would make: the one
// that has files or, if neither has, the older one.
func (m *recordUnion) chosen(versions [2]int) int {
	if older, newer := versions[0], versions[1]; m.there(newer) && !m.there(older) {
		return newer
	}
	return versions[0]
}

// once has each column made by one migration. What else the other one would have made is
// new again.
func (m *recordUnion) once(r *record) {
	for _, versions := range slices.SortedFunc(maps.Keys(m.twice), func(a, b [2]int) int { return slices.Compare(a[:], b[:]) }) {
		if m.there(versions[0]) && m.there(versions[1]) {
			m.refuse("both branches %s, in the migrations %d and %d; delete the files of the one that was applied nowhere, "+
				"in every store, and run outgrow generate again", m.did(r, versions), versions[0], versions[1])
			continue
		}
		dropped := versions[0] + versions[1] - m.chosen(versions)
		for i := range r.fields {
			if r.fields[i].since == dropped {
				r.fields[i].since = 0
			}
		}
		r.indexes = slices.DeleteFunc(r.indexes, func(i Index) bool { return i.Since == dropped })
		for i := range r.indexes {
			if r.indexes[i].Until == dropped {
				r.indexes[i].Until = 0
			}
		}
	}
}

// did says what both branches did to a table, each by one of the migrations.
func (m *recordUnion) did(r *record, versions [2]int) string {
	if m.base.table == "" {
		return "made the table " + r.table
	}
	return "added " + strings.Join(m.twice[versions], ", ") + " to " + m.key
}

// checkNames refuses names that two columns have.
func (m *recordUnion) checkNames(r *record) {
	for i, f := range r.fields {
		for _, other := range r.fields[:i] {
			if f.name == other.name && !f.gone && !other.gone {
				m.refuse("%s of %s is the column %s on one branch and %s on the other; choose one in %s", f.name, m.key, other.column, f.column, File)
			} else if f.wire == other.wire {
				m.refuse("%s and %s of %s would both be sent as %s; give one of them another name on its branch", other.name, f.name, m.key, f.wire)
			}
		}
	}
}

// checkTables refuses a table of two structs.
func (u *union) checkTables() {
	owner := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(u.out.structs)) {
		table := u.out.structs[key].table
		if table != "" && owner[table] != "" {
			u.refuse("the table %s is of %s on one branch and of %s on the other; "+
				"give one of them another name, here and in its migrations, on the branch that was applied nowhere", table, owner[table], key)
		}
		owner[table] = key
	}
}
