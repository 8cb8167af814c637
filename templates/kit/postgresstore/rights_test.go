package postgresstore

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestRightsOnTables has a user who lacks one: it is found before anything needs it, also
// by who only looks.
func TestRightsOnTables(t *testing.T) {
	dsn := testserver.Postgres(t)
	admin := openWith(t, Config{DSN: kit.NewSecret(dsn)}, textCodec{})
	newScratch(t, admin)
	schema := pq.QuoteIdentifier(parseDSN(t, dsn).Query().Get("search_path"))
	runText(t, admin, `CREATE ROLE "clerk one" LOGIN PASSWORD 'secret'; GRANT USAGE ON SCHEMA `+schema+` TO "clerk one"`)
	t.Cleanup(func() { runText(t, admin, `DROP OWNED BY "clerk one"; DROP ROLE "clerk one"`) })
	u := parseDSN(t, dsn)
	u.User = url.UserPassword("clerk one", "secret")
	grant := `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ` + schema + ` TO "clerk one"; GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA ` + schema + ` TO "clerk one"`
	runText(t, admin, `CREATE SEQUENCE "numbers"`)
	for revoked, table := range map[string]string{
		"": "", "INSERT ON scratch": "scratch", "SELECT ON outbox": "outbox", "UPDATE ON outbox_lease": "outbox_lease",
		"ALL ON inbox": "inbox", "DELETE ON dead_letter": "dead_letter", "UPDATE ON idempotency_key": "idempotency_key",
		"UPDATE ON schedule": "schedule", "INSERT ON schedule_declared": "schedule_declared", "SELECT ON schedule_clock": "schedule_clock",
		"ALL ON SEQUENCE numbers": "numbers",
	} {
		runText(t, admin, grant)
		if revoked != "" {
			runText(t, admin, `REVOKE `+revoked+` FROM "clerk one"`)
		}
		clerk, err := Look(t.Context(), Config{DSN: kit.NewSecret(u.String())}, textCodec{}, kit.Schema{})
		if err != nil {
			t.Fatal(err)
		}
		var s, next *Statement
		_, cannot := clerk.Schedule(t.Context())
		err = errors.Join(cannot, clerk.MayServe(t.Context()), clerk.PrepareAll(t.Context(), map[**Statement]string{
			&s: `INSERT INTO "scratch" ("n") VALUES ($1)`, &next: `SELECT nextval('"numbers"') FROM "numbers"`,
		}), clerk.Close())
		if table == "" {
			if err != nil {
				t.Errorf("with all rights: %v", err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), grant) || !strings.Contains(err.Error(), table) {
			t.Errorf("%s: %v names neither the table nor what to do", revoked, err)
		}
	}
}

// TestRehearse tries migrations that the data does not allow, without a trace.
func TestRehearse(t *testing.T) {
	dsn := testserver.Postgres(t)
	files := fstest.MapFS{"migrations/1_things.sql": {Data: []byte("-- +goose Up\nCREATE TABLE \"things\" (\"n\" bigint);")}}
	open := func() *DB {
		db, err := Look(t.Context(), Config{DSN: kit.NewSecret(dsn)}, textCodec{}, kit.Schema{Project: "shop", Migrations: files})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	rehearse := func(wanted bool, says string, pending int) {
		t.Helper()
		db := open()
		tried, err := db.Rehearse(t.Context())
		if tried != wanted || (says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, %v, want %v, %q", tried, err, wanted, says)
		}
		if n, err := pendingOf(t, db); n != pending || err != nil {
			t.Errorf("%d are pending, %v", n, err)
		}
	}
	rehearse(true, "", 5) // with those of the kit
	admin, err := Open(t.Context(), Config{DSN: kit.NewSecret(dsn)}, textCodec{}, kit.Schema{Project: "shop", Migrations: files})
	if err == nil {
		err = admin.Migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close() })
	runText(t, admin, `INSERT INTO "things" VALUES (7), (7)`)
	files["migrations/2_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nALTER TABLE \"things\" ADD COLUMN \"m\" bigint;")}
	files["migrations/3_one.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE UNIQUE INDEX \"one\" ON \"things\" (\"n\");")}
	rehearse(false, "3_one.sql", 2)
	runText(t, admin, `DELETE FROM "things"`)
	rehearse(true, "", 2)
	files["migrations/4_later.sql"] = &fstest.MapFile{Data: []byte("-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY \"later\" ON \"things\" (\"n\");")}
	rehearse(false, "", 3) // it cannot be tried
}
