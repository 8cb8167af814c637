package sqlstore

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/outgrowkit/outgrow/templates/kit"
)

func filesOf(names ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for _, name := range names {
		files["migrations/"+name] = &fstest.MapFile{}
	}
	return files
}

func TestPendingCountsThoseOfBothTables(t *testing.T) {
	all, err := NewMigrations(filesOf("00001_kit.sql"), kit.Schema{
		Project: "shop", Migrations: filesOf("20260101000000000_a.sql", "20260102000000000_b.sql"),
	})
	if err != nil {
		t.Fatal(err)
	}
	applied := map[string]map[int64]bool{}
	for _, step := range []struct {
		table   string
		version int64
		want    int
	}{
		{"other_version", 1, 3},
		{"kit_version", 1, 2},
		{"shop_version", 20260102000000000, 1},
		{"shop_version", 20260101000000000, 0},
	} {
		if applied[step.table] == nil {
			applied[step.table] = map[int64]bool{}
		}
		applied[step.table][step.version] = true
		n, err := all.Pending(t.Context(), tables{versions: applied}, func(text string) Statement {
			return tables{versions: applied, text: text}
		})
		if err != nil || n != step.want {
			t.Errorf("%d are pending after %s %d, %v, want %d", n, step.table, step.version, err, step.want)
		}
	}
}

func TestNewMigrationsRefusesTheNameOfTheKit(t *testing.T) {
	for _, project := range []string{"", "kit"} {
		if _, err := NewMigrations(filesOf(), kit.Schema{Project: project, Migrations: filesOf()}); kit.CodeOf(err) != kit.Invalid {
			t.Errorf("the project %q: got %v", project, err)
		}
	}
}

func TestPendingNeedsNumbers(t *testing.T) {
	all, err := NewMigrations(filesOf("first.sql"), kit.Schema{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := all.Pending(t.Context(), tables{}, nil); kit.CodeOf(err) != kit.Internal {
		t.Errorf("got %v", err)
	}
}

// tables is a statement on tables of versions: whether there is one of a name or, with a
// text, the versions in the table that it names.
type tables struct {
	Statement
	versions map[string]map[int64]bool
	text     string
}

func (s tables) Row(_ context.Context, _ func(Scanner) error, args ...any) (bool, error) {
	return s.versions[args[0].(string)] != nil, nil
}

func (s tables) Rows(_ context.Context, scan func(Scanner) error, _ ...any) error {
	for table, versions := range s.versions {
		if !strings.Contains(s.text, `"`+table+`"`) {
			continue
		}
		for version := range versions {
			if err := scan(oneVersion(version)); err != nil {
				return err
			}
		}
	}
	return nil
}

type oneVersion int64

func (v oneVersion) Scan(dest ...any) error {
	*dest[0].(*int64) = int64(v)
	return nil
}
