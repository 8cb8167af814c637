package lock

import (
	"cmp"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// idColumn is the column of the key that needs no mention.
const idColumn = "id"

const anotherKey = "what has another key is another entity, with a store of its own"

// key gives a table the key of its entity, which stays.
func (a *application) key(s *model.Struct, r *record, isNew bool) {
	var names, columns []string
	for _, f := range s.Keys() {
		names, columns = append(names, f.Name), append(columns, f.Column)
	}
	is := strings.Join(columns, ",")
	if isNew && is != idColumn {
		r.key = is
	}
	isLost := slices.ContainsFunc(a.lost, a.wasKey) // which is told, and may be a field that was renamed
	if was := cmp.Or(r.key, idColumn); was != is && !isLost {
		what := s.Name.Name + " is told apart by " + strings.Join(names, " and ") + ", and by " + r.keyText() + " in the table " + r.table
		a.problems.Add(s.Pos, what, "change it back: "+anotherKey+". Copy the rows to its table by a migration by hand")
	}
}

// keyText names the columns of the key.
func (r *record) keyText() string {
	if tenant, key := r.keyColumns(); tenant != "" {
		return "the columns " + tenant + " and " + key
	}
	return "the column " + r.keyColumn().Name
}

// wasKey reports whether a field that is missing is the key of a table.
func (a *application) wasKey(l loss) bool {
	return slices.ContainsFunc(a.project.Services, func(s model.Service) bool {
		if s.Keeps == nil || s.Entity != l.in && !embeds(s.Entity, l.in) {
			return false
		}
		r := a.structs[keyOf(a.project, s.Entity)]
		at := r.find(l.field.name)
		return r.table != "" && at >= 0 && slices.Contains(strings.Split(cmp.Or(r.key, idColumn), ","), r.fields[at].column)
	})
}
