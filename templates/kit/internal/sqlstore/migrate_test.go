package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
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
	db := openQueries(t)
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
		for _, text := range []string{
			`CREATE TABLE IF NOT EXISTS "` + step.table + `" ("version_id" INTEGER, "is_applied" INTEGER)`,
			fmt.Sprintf(`INSERT INTO "%s" VALUES (%d, 1), (2, 0)`, step.table, step.version),
		} {
			if _, err := db.db.ExecContext(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		n, err := all.Pending(t.Context(), hasTable(db), NewPreparer(db).Statement)
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
	if _, err := all.Pending(t.Context(), hasTable(openQueries(t)), nil); kit.CodeOf(err) != kit.Internal {
		t.Errorf("got %v", err)
	}
}

// queries runs those on a database in memory.
type queries struct {
	Runner
	db *sql.DB
}

func openQueries(t *testing.T) queries {
	t.Helper()
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1) // another one would have a database of its own
	return queries{db: db}
}

func (q queries) Query(ctx context.Context, text string, args []any, use func(Rows) error) error {
	return (&Encoding{}).Query(ctx, q.db, text, args, use)
}

func hasTable(db queries) *Statement {
	return NewPreparer(db).Statement(`SELECT 1 FROM "sqlite_schema" WHERE "name" = ?`)
}
