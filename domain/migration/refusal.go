package migration

import (
	"path"
	"strings"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Refused begins a line of a migration with a query: the kit does not apply the migration
// while that finds rows.
const Refused = "-- Refused while this finds rows: "

// Refusal is a migration that is not applied while a query finds rows.
type Refusal struct{ Path, Query string }

// Refusals returns those of the migrations among files.
func Refusals(files []plan.File) []Refusal {
	var all []Refusal
	for _, f := range files {
		if path.Ext(f.Path) != ".sql" {
			continue
		}
		for line := range strings.Lines(string(f.Data)) {
			if query, ok := strings.CutPrefix(strings.TrimSpace(line), Refused); ok {
				all = append(all, Refusal{f.Path, query})
			}
		}
	}
	return all
}
