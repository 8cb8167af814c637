package lock

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// isInForce reports whether rows are held to the index: it is unique, and not dropped.
func (i Index) isInForce() bool { return i.Unique && i.Until == 0 }

// unique records which columns are unique together, and reports whether anything is new:
// what no directive says any more is dropped by the next migration, but for what references within a
// tenant need, which lessUnique drops.
func (a *application) unique(s *model.Service, r *record) (changed bool) {
	declared := declaredUnique(s.Entity)
	for at, u := range s.Entity.Unique {
		if !r.holds(declared[at]) {
			a.allAlike(s.Entity, r, u)
		}
	}
	a.allOfNobody(s.Entity, r)
	for _, i := range r.indexes {
		if i.isInForce() && len(i.Columns) == 2 && i.Columns[1] == r.keyColumn().Name {
			declared = append(declared, i)
		}
	}
	return a.hold(r, declared, Index.isInForce)
}

// lessUnique drops what is unique together with the key of an entity that has that tenant no more. A
// foreign key needs it as long as there is one.
func (a *application) lessUnique(s *model.Service) {
	if s.Keeps != nil && a.hold(a.structs[keyOf(a.project, s.Entity)], declaredUnique(s.Entity), Index.isInForce) {
		a.next++
	}
}

// declaredUnique returns what is unique as the directives say and, where there are tenants, for lists
// and for what refers to entities of the same tenant.
func declaredUnique(entity *model.Struct) (all []Index) {
	for _, u := range entity.Unique {
		all = append(all, Index{Columns: columnsOf(entity, u), Unique: true})
	}
	if tenant := tenantOf(entity); tenant != nil && !entity.OwnKeys() {
		all = append(all, Index{Columns: append(tenant, entity.Key().Column), Unique: true})
	}
	return all
}

// hold records what there is from the next migration on, and no longer, of what rows are held to
// or numbers come from, and reports whether that is anything else than before. is tells of which
// kind it is.
func (a *application) hold(r *record, declared []Index, is func(Index) bool) (changed bool) {
	for _, d := range declared {
		if !r.holds(d) {
			d.Since = a.next
			r.indexes, changed = append(r.indexes, d), true
		}
	}
	for at, i := range r.indexes {
		if is(i) && !slices.ContainsFunc(declared, i.isLike) {
			r.indexes[at].Until, changed = a.next, true
		}
	}
	return changed
}

// holds reports whether rows are held to an index.
func (r *record) holds(to Index) bool {
	return slices.ContainsFunc(r.indexes, func(i Index) bool { return i.Until == 0 && i.isLike(to) })
}

// nameUnique gives what is unique the names of its indexes.
func (a *application) nameUnique() {
	for _, s := range a.project.Services {
		if s.Keeps == nil {
			continue
		}
		for i, u := range s.Entity.Unique {
			s.Entity.Unique[i].Index = a.indexName(s.Table, Index{Columns: columnsOf(s.Entity, u), Unique: true})
		}
	}
}

// columnsOf returns the columns of fields that are unique together, among those of a tenant if
// there are tenants.
func columnsOf(entity *model.Struct, u model.Unique) []string {
	columns := tenantOf(entity)
	for _, name := range u.Fields {
		f, _ := entity.Named(name) // it was found when the directive was read
		columns = append(columns, f.Column)
	}
	return columns
}

// tenantOf returns the column with the tenant of an entity, or nothing.
func tenantOf(entity *model.Struct) []string {
	f, ok := entity.OfTenant()
	if !ok {
		return nil
	}
	return []string{f.Column}
}

// allAlike reports fields that cannot be unique in a table that there is: all of them are
// new, and existing rows are given the same value.
func (a *application) allAlike(entity *model.Struct, r *record, u model.Unique) {
	if slices.Contains(a.made, entity) {
		return
	}
	for _, name := range u.Fields {
		f, _ := entity.Named(name)
		if f.Type.Kind == model.Pointer || r.fields[r.find(name)].since != a.next {
			return
		}
	}
	names := strings.Join(u.Fields, ", ")
	a.problems.Add(u.Pos, fmt.Sprintf("%s is new in %s and unique, and all existing rows would be alike in it", names, keyOf(a.project, entity)),
		"make it optional, with a * before its type; or add it without the directive, give each row its value, and declare it unique then")
}

// allOfNobody reports a tenant in a table that there is: it is new, and existing rows are of none.
func (a *application) allOfNobody(entity *model.Struct, r *record) {
	f, ok := entity.OfTenant()
	if !ok || slices.Contains(a.made, entity) || r.fields[r.find(f.Name)].since != a.next {
		return
	}
	a.problems.Add(f.Pos, fmt.Sprintf("%s is new in %s, and existing rows are of no tenant, so that nobody would find them", f.Name, keyOf(a.project, entity)),
		"add it without the directive, give each row its tenant, and write the directive then")
}

// parseUnique parses "unique tenant,email 2", or "unique tenant,email 2 until 5".
func (r *record) parseUnique(words []string) error {
	return r.held(words, "unique COLUMNS MIGRATION", Index{Unique: true})
}

// held adds what rows are held to since a migration, and perhaps until another one. form is what its
// line has, and names the words between the columns and the migration.
func (r *record) held(words []string, form string, i Index) error {
	words, until, err := cutUntil(words)
	if err == nil && len(words) != len(strings.Fields(form)) {
		err = fmt.Errorf(`want "%[1]s" or "%[1]s until MIGRATION"`, form)
	}
	if err != nil {
		return err
	}
	last := len(words) - 1
	i.Columns, i.Refers, i.Until = strings.Split(words[1], ","), strings.Join(words[2:last], ""), until
	i.Since, err = parseSince(words[last])
	r.indexes = append(r.indexes, i)
	return cmp.Or(err, check(nameForm, slices.Concat(i.Columns, words[2:last])...))
}

// cutUntil removes last words "until 5", and returns the migration that they name.
func cutUntil(words []string) (rest []string, until int, err error) {
	n := len(words)
	if n < 2 || words[n-2] != wordUntil {
		return words, 0, nil
	}
	until, err = parseSince(words[n-1])
	return words[:n-2], until, err
}

// words returns the line of an index.
func (i Index) words() []string {
	keyword, columns := wordIndex, strings.Join(i.Columns, ",")
	switch {
	case i.Unique:
		keyword = wordUnique
	case i.Refers != "":
		keyword, columns = wordReferences, columns+" "+i.Refers
	case i.Next:
		keyword = wordNext
	}
	words := []string{" ", keyword, columns, strconv.Itoa(i.Since)}
	if i.Prefix {
		words = append(words, wordPrefix)
	}
	if i.Until > 0 {
		words = append(words, wordUntil, strconv.Itoa(i.Until))
	}
	return words
}

// untilOf returns the version of the migration that drops an index that two branches have:
// the earlier one, if both do.
func untilOf(ours, theirs Index) int {
	if ours.Until == 0 || theirs.Until == 0 {
		return ours.Until + theirs.Until
	}
	return min(ours.Until, theirs.Until)
}
