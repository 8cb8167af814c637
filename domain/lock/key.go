package lock

import (
	"slices"

	"github.com/outgrowkit/outgrow/domain/model"
)

// idColumn is the column of the key that needs no mention.
const idColumn = "id"

const anotherKey = "what has another key is another entity, with a store of its own"

// key gives a table the key of its entity, which stays.
func (a *application) key(s *model.Struct, r *record, isNew bool) {
	is := s.Key()
	if isNew && is.Column != idColumn {
		r.key = is.Column
	}
	isLost := slices.ContainsFunc(a.lost, a.wasKey) // which is told, and may be a field that was renamed
	if was := r.keyColumn(); was.Name != is.Column && !isLost {
		what := s.Name.Name + " is told apart by " + is.Name + ", and by the column " + was.Name + " in the table " + r.table
		a.problems.Add(s.Pos, what, "change it back: "+anotherKey+". Copy the rows to its table by a migration by hand")
	}
}

// wasKey reports whether a field that is missing is the key of a table.
func (a *application) wasKey(l loss) bool {
	return slices.ContainsFunc(a.project.Services, func(s model.Service) bool {
		if s.Keeps == nil || s.Entity != l.in && !embeds(s.Entity, l.in) {
			return false
		}
		r := a.structs[keyOf(a.project, s.Entity)]
		at := r.find(l.field.name)
		return r.table != "" && at >= 0 && r.fields[at].column == r.keyColumn().Name
	})
}
