package postgresstore

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestARefusedMigration shows that a migration that the data does not allow is refused with
// some of the rows, before one that comes first is applied, and not before its table is made.
func TestARefusedMigration(t *testing.T) {
	files := fstest.MapFS{
		"migrations/1_users.sql": {Data: []byte("-- +goose Up\nCREATE TABLE \"users\" (\"email\" text);")},
	}
	dsn := testserver.Postgres(t)
	db, err := Open(t.Context(), Config{DSN: kit.NewSecret(dsn)}, textCodec{}, kit.Schema{Project: "shop", Migrations: Refusing{FS: files}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	runText(t, db, `INSERT INTO "users" VALUES ('a@x'), ('a@x'), ('b@x'), (NULL), (NULL)`)
	files["migrations/2_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE \"more\" (\"n\" bigint);")}
	files["migrations/3_one.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\n" +
		"-- Refused while this finds rows: SELECT \"n\" FROM \"more\"\n" + // which is not there yet
		"-- Refused while this finds rows: SELECT \"email\", count(*) FROM \"users\" WHERE \"email\" IS NOT NULL GROUP BY \"email\" HAVING count(*) > 1\n" +
		"CREATE UNIQUE INDEX \"one\" ON \"users\" (\"email\");\n-- +goose Down\n-- Refused while this finds rows: SELECT 1\n")}
	for _, err := range []error{db.Migrate(t.Context()), rehearsed(t, db)} {
		wantCode(t, err, kit.Conflict)
		if err == nil || !strings.Contains(err.Error(), `the migration shop/3_one.sql is refused because of rows such as (email "a@x": 2 rows), and none is applied; `+
			`change them first. They are found by SELECT "email"`) {
			t.Error(err)
		}
	}
	if n, err := pendingOf(t, db); n != 2 || err != nil {
		t.Errorf("%d migrations are to come, want 2: %v", n, err)
	}
	runText(t, db, `DELETE FROM "users" WHERE "email" = 'a@x'`)
	if err := db.Migrate(t.Context()); err != nil {
		t.Error(err)
	}
	if n, err := pendingOf(t, db); n != 0 || err != nil {
		t.Errorf("%d migrations are to come: %v", n, err)
	}
}

func rehearsed(t *testing.T, db *DB) error {
	t.Helper()
	_, err := db.Rehearse(t.Context())
	return err
}
