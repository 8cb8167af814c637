package migration_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/finding"
	"github.com/outgrowkit/outgrow/domain/migration"
)

func TestCheck(t *testing.T) {
	stores := []string{"sqlite", "postgres"}
	for name, c := range map[string]struct {
		sqlite, postgres, derived string // names of files
		want                      []string
	}{
		"nothing":        {"", "", "", nil},
		"the same":       {"00001_kit 00002_a 00010_mine", "00001_kit 00002_a 00010_other", "00002_a", nil},
		"not padded":     {"1_kit", "00001_kit", "", nil},
		"to be written":  {"00001_kit 00002_a", "00001_kit", "00002_a", nil},
		"one store":      {"00001_kit 00002_a", "00001_kit", "", []string{"sqlite/migrations/00002_a.sql:1: postgres has no migration 2"}},
		"the other":      {"00001_kit", "00001_kit 00003_a", "", []string{"postgres/migrations/00003_a.sql:1: sqlite has no migration 3"}},
		"twice":          {"1_a 00001_b", "1_a", "", []string{"sqlite/migrations/1_a.sql:1: this migration has the same number as 00001_b.sql"}},
		"derived before": {"1_a 00001_b", "1_a", "1_a", []string{"sqlite/migrations/00001_b.sql:1: this migration has the same number as 1_a.sql"}},
		"no number":      {"a 0_b 00001", "", "", []string{"sqlite/migrations/a.sql:1: the file name", "sqlite/migrations/0_b.sql:1: the file name", "sqlite/migrations/00001.sql:1: the file name"}},
		"another":        {"1_a", "1_b", "1_b", []string{"sqlite/migrations/1_a.sql:1: outgrow.lock says that migration 1 is 1_b.sql"}},
	} {
		t.Run(name, func(t *testing.T) {
			paths := slices.Concat(in("sqlite", c.sqlite), in("postgres", c.postgres))
			derived := slices.Concat(in("sqlite", c.derived), in("postgres", c.derived))
			found := finding.Sorted(migration.Check(paths, stores, derived))
			slices.Sort(c.want)
			if !slices.EqualFunc(found, c.want, func(f finding.Finding, want string) bool {
				return strings.HasPrefix(f.String(), "adapters/"+want)
			}) {
				t.Errorf("found %v, want %v", found, c.want)
			}
		})
	}
	if found := migration.Check(in("sqlite", "1_a"), []string{"sqlite"}, nil); found != nil {
		t.Errorf("a project with one store: %v", found)
	}
}

// in returns the paths of a store's migrations with the names.
func in(store, names string) []string {
	var paths []string
	for _, name := range strings.Fields(names) {
		paths = append(paths, migration.Folder(store)+"/"+name+".sql")
	}
	return paths
}
