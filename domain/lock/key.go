package lock

import "github.com/outgrowkit/outgrow/domain/model"

// idColumn is the column of the key that needs no mention.
const idColumn = "id"

// key gives a table the key of its entity, which stays.
func (a *application) key(s *model.Struct, r *record, isNew bool) {
	is := s.Key()
	if isNew && is.Column != idColumn {
		r.key = is.Column
	}
	if was := r.keyColumn(); was.Name != is.Column {
		what := s.Name.Name + " is told apart by " + is.Name + ", and by the column " + was.Name + " in the table " + r.table
		a.problems.Add(s.Pos, what, "change it back: what has another key is another entity, with a store of its own. Copy the rows to its table by a migration by hand")
	}
}
