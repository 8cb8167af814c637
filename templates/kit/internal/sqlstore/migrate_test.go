package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pressly/goose/v3"

	"github.com/outgrowkit/outgrow/templates/kit"
)

func filesOf(names ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for _, name := range names {
		files["migrations/"+name] = &fstest.MapFile{}
	}
	return files
}

func TestListTellsWhatIsApplied(t *testing.T) {
	all := mustMigrations(t, filesOf("00001_kit.sql"), kit.Schema{
		Project: "shop", Migrations: filesOf("20260101000000000_a.sql", "20260102000000000_b.sql"),
	})
	db := openQueries(t)
	for _, step := range []struct{ text, want string }{
		{`SELECT 1`, "- kit/00001_kit.sql - shop/20260101000000000_a.sql - shop/20260102000000000_b.sql"},
		{versions("kit", 1), "+ kit/00001_kit.sql - shop/20260101000000000_a.sql - shop/20260102000000000_b.sql"},
		{versions("shop", 20260102000000000), "+ kit/00001_kit.sql - shop/20260101000000000_a.sql + shop/20260102000000000_b.sql"},
		{versions("other", 1), "+ kit/00001_kit.sql - shop/20260101000000000_a.sql + shop/20260102000000000_b.sql"},
		{versions("kit", 7), "+ kit/00001_kit.sql - shop/20260101000000000_a.sql + shop/20260102000000000_b.sql ? kit/7"},
	} {
		db.run(t, step.text)
		list, err := all.List(t.Context(), tables(db), NewPreparer(db).Statement)
		var got []string
		for _, m := range list {
			state := map[bool]string{false: "-", true: "+"}[m.Applied]
			if m.Unknown {
				state = "?"
			}
			got = append(got, state, m.Name)
		}
		if err != nil || strings.Join(got, " ") != step.want {
			t.Errorf("after %s: %q, %v, want %q", step.text, got, err, step.want)
		}
	}
}

// versions returns statements that note, as goose does, that a migration was applied.
func versions(owner string, version int64) string {
	return fmt.Sprintf(`CREATE TABLE IF NOT EXISTS "%[1]s_version" ("version_id" INTEGER, "is_applied" INTEGER);
		INSERT INTO "%[1]s_version" VALUES (0, 1), (%[2]d, 1), (3, 0)`, owner, version)
}

func TestADatabaseIsOfOneProject(t *testing.T) {
	const record = `CREATE TABLE "kit_project" ("name" TEXT); `
	shop := mustMigrations(t, filesOf(), kit.Schema{Project: "shop", Migrations: filesOf()})
	for name, c := range map[string]struct {
		text string
		code kit.Code
	}{
		"empty":                               {`SELECT 1`, ""},
		"somebody's tables":                   {`CREATE TABLE "app_version" ("n")`, ""},
		"its own":                             {record + `INSERT INTO "kit_project" VALUES ('shop')`, ""},
		"another's":                           {record + `INSERT INTO "kit_project" VALUES ('desk')`, kit.Conflict},
		"the kit's tables alone":              {record + versions("kit", 1), ""},
		"its own, without a record":           {versions("kit", 1) + ";" + versions("shop", 1), ""},
		"another's, without a record":         {versions("kit", 1) + ";" + versions("desk", 1), kit.Conflict},
		"another's, with a record to be made": {record + versions("kit", 1) + ";" + versions("desk", 1), kit.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			db := openQueries(t)
			db.run(t, c.text)
			_, err := shop.List(t.Context(), tables(db), NewPreparer(db).Statement)
			if err == nil && c.code == "" {
				return
			}
			if kit.CodeOf(err) != c.code || !strings.Contains(err.Error(), "belongs to the project desk, and this is shop") {
				t.Errorf("got %v, want the code %q", err, c.code)
			}
		})
	}
}

// TestOneOfTwoProjectsClaimsADatabase has two that found it empty.
func TestOneOfTwoProjectsClaimsADatabase(t *testing.T) {
	ofKit := fstest.MapFS{"migrations/1_a.sql": {Data: []byte("-- +goose Up\nCREATE TABLE \"kit_project\" (\"name\" TEXT);")}}
	own := fstest.MapFS{"migrations/1_a.sql": {Data: []byte("-- +goose Up\nCREATE TABLE \"orders\" (\"n\" INTEGER);")}}
	db := openQueries(t)
	shop := mustMigrations(t, ofKit, kit.Schema{Project: "shop", Migrations: own})
	for range 2 {
		if err := shop.Apply(t.Context(), goose.DialectSQLite3, db.db); err != nil {
			t.Fatal(err)
		}
	}
	desk := mustMigrations(t, ofKit, kit.Schema{Project: "desk", Migrations: own})
	if err := desk.Apply(t.Context(), goose.DialectSQLite3, db.db); kit.CodeOf(err) != kit.Conflict {
		t.Errorf("got %v", err)
	}
}

func mustMigrations(t *testing.T, ofKit fs.FS, s kit.Schema) Migrations {
	t.Helper()
	all, err := NewMigrations(ofKit, s)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestNewMigrationsRefusesTheNameOfTheKit(t *testing.T) {
	for _, project := range []string{"", "kit"} {
		if _, err := NewMigrations(filesOf(), kit.Schema{Project: project, Migrations: filesOf()}); kit.CodeOf(err) != kit.Invalid {
			t.Errorf("the project %q: got %v", project, err)
		}
	}
}

func TestListNeedsNumbers(t *testing.T) {
	all := mustMigrations(t, filesOf("first.sql"), kit.Schema{})
	if _, err := all.List(t.Context(), tables(openQueries(t)), nil); kit.CodeOf(err) != kit.Internal {
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

func (q queries) run(t *testing.T, text string) {
	t.Helper()
	if _, err := q.db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

func tables(db queries) *Statement {
	return NewPreparer(db).Statement(`SELECT "name" FROM "sqlite_schema" WHERE "type" = 'table' ORDER BY 1`)
}
