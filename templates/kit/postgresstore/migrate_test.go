package postgresstore

import (
	"net/url"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// openAs opens a database for a project.
func openAs(t *testing.T, dsn, project string) *DB {
	t.Helper()
	db, err := Open(t.Context(), Config{DSN: kit.NewSecret(dsn)}, textCodec{}, kit.Schema{Project: project})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// with returns a DSN with a parameter.
func with(t *testing.T, dsn, name, value string) string {
	t.Helper()
	u := parseDSN(t, dsn)
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// TestASchemaIsOfOneProject has two projects on one database: one schema is refused to the
// second, and one for each serves both.
func TestASchemaIsOfOneProject(t *testing.T) {
	dsn := testserver.Postgres(t)
	shop := openAs(t, dsn, "shop")
	if err := shop.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	const says = "belongs to the project shop, and this is desk"
	desk := openAs(t, dsn, "desk")
	_, err := desk.Migrations(t.Context())
	for _, err := range []error{err, desk.Migrate(t.Context())} {
		if kit.CodeOf(err) != kit.Conflict || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v", err)
		}
	}
	runText(t, shop, `CREATE SCHEMA "desk"`)
	t.Cleanup(func() { runText(t, shop, `DROP SCHEMA "desk" CASCADE`) })
	desk = openAs(t, with(t, dsn, "search_path", "desk"), "desk")
	for range 2 {
		if err := desk.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := pendingOf(t, desk); n != 0 || err != nil {
		t.Errorf("%d are pending, %v", n, err)
	}
}

// TestWhatAUserMayNot shows that the schema, or the permission, is named.
func TestWhatAUserMayNot(t *testing.T) {
	dsn := testserver.Postgres(t)
	admin := openAs(t, dsn, "shop")
	runText(t, admin, `CREATE ROLE "reader one" LOGIN PASSWORD 'secret'`)
	t.Cleanup(func() { runText(t, admin, `DROP ROLE "reader one"`) })
	u := parseDSN(t, dsn)
	u.User = url.UserPassword("reader one", "secret")
	weak := openAs(t, with(t, u.String(), "search_path", "pg_catalog"), "shop")
	err := weak.CanMigrate(t.Context())
	if kit.CodeOf(err) != kit.Invalid || !strings.Contains(err.Error(), `GRANT CREATE ON SCHEMA "pg_catalog" TO "reader one"`) {
		t.Errorf("got %v", err)
	}
	if err := admin.CanMigrate(t.Context()); err != nil {
		t.Error(err)
	}
	none := openAs(t, with(t, dsn, "search_path", "nowhere"), "shop")
	_, err = none.Migrations(t.Context())
	if kit.CodeOf(err) != kit.Invalid || !strings.Contains(err.Error(), "search_path nowhere") {
		t.Errorf("got %v", err)
	}
}

func TestLookChangesNothing(t *testing.T) {
	dsn := testserver.Postgres(t)
	openWith(t, Config{DSN: kit.NewSecret(dsn)}, textCodec{})
	db, err := Look(t.Context(), Config{DSN: kit.NewSecret(dsn)}, textCodec{}, kit.Schema{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if n, err := pendingOf(t, db); n != 0 || err != nil {
		t.Errorf("%d are pending, %v", n, err)
	}
	if err := db.Emit(t.Context(), textEvent{"1"}); err == nil {
		t.Error("it can be changed")
	}
}
