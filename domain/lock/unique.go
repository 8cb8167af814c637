package lock

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// isInForce reports whether rows are held to the index: it is unique, and not dropped.
func (i Index) isInForce() bool { return i.Unique && i.Until == 0 }

// unique records which columns are unique together, and reports whether anything is new:
// what no directive says any more is dropped by the next migration.
func (a *application) unique(s *model.Service, r *record) (changed bool) {
	declared := make([]Index, len(s.Entity.Unique))
	for at, u := range s.Entity.Unique {
		declared[at] = Index{Columns: columnsOf(s.Entity, u), Unique: true, Since: a.next}
		if inForce := func(i Index) bool { return i.isInForce() && i.isLike(declared[at]) }; !slices.ContainsFunc(r.indexes, inForce) {
			a.allAlike(s.Entity, r, u)
			r.indexes, changed = append(r.indexes, declared[at]), true
		}
	}
	for at, i := range r.indexes {
		if i.isInForce() && !slices.ContainsFunc(declared, i.isLike) {
			r.indexes[at].Until, changed = a.next, true
		}
	}
	return changed
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

// columnsOf returns the columns of fields that are unique together.
func columnsOf(entity *model.Struct, u model.Unique) []string {
	columns := make([]string, len(u.Fields))
	for i, name := range u.Fields {
		f, _ := entity.Named(name) // it was found when the directive was read
		columns[i] = f.Column
	}
	return columns
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

// parseUnique parses "unique tenant,email 2", or "unique tenant,email 2 until 5".
func (r *record) parseUnique(words []string) (err error) {
	until := 0
	if len(words) == 5 && words[3] == wordUntil {
		until, err = parseSince(words[4])
		words = words[:3]
	}
	if len(words) != 3 {
		return errors.New(`want "unique COLUMNS MIGRATION" or "unique COLUMNS MIGRATION until MIGRATION"`)
	}
	since, sinceErr := parseSince(words[2])
	if err := cmp.Or(err, sinceErr); err != nil {
		return err
	}
	columns := strings.Split(words[1], ",")
	r.indexes = append(r.indexes, Index{Columns: columns, Since: since, Until: until, Unique: true})
	return check(nameForm, columns...)
}

// words returns the line of an index.
func (i Index) words() []string {
	keyword := wordIndex
	if i.Unique {
		keyword = wordUnique
	}
	words := []string{" ", keyword, strings.Join(i.Columns, ","), strconv.Itoa(i.Since)}
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
