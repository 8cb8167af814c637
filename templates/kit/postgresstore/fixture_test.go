package postgresstore

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

func parseDSN(t testing.TB, dsn string) *url.URL {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// runText runs a text as it is.
func runText(t testing.TB, db *DB, text string) {
	t.Helper()
	if _, err := db.changes.ExecContext(context.Background(), text); err != nil {
		t.Fatal(err)
	}
}

// textEvent is an event whose payload is its text.
type textEvent struct{ Text string }

func (textEvent) Topic() string { return "note.happened" }
func (h textEvent) Key() string { return strings.SplitN(h.Text, ":", 2)[0] }

type textCodec struct{}

func (textCodec) Encode(e kit.Event) ([]byte, error) {
	if _, ok := e.(textEvent); !ok {
		return nil, kit.Errorf(kit.Invalid, "unknown event %T", e)
	}
	return json.Marshal(e)
}

func (textCodec) Decode(_ string, payload []byte) (kit.Event, error) {
	var h textEvent
	err := json.Unmarshal(payload, &h)
	return h, err
}

// openTest opens a migrated database with a schema of the test.
func openTest(t testing.TB) *DB {
	t.Helper()
	return openWith(t, Config{DSN: kit.NewSecret(testserver.Postgres(t))}, textCodec{})
}

func openWith(t testing.TB, config Config, c kit.EventCodec) *DB {
	t.Helper()
	db := openOnly(t, config, c)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func openOnly(t testing.TB, config Config, c kit.EventCodec) *DB {
	t.Helper()
	db, err := Open(t.Context(), config, c, kit.Schema{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// scratchTable is a table to write to, with its statements.
type scratchTable struct {
	db                        *DB
	insert, count, any, lower *Statement
}

func newScratch(t testing.TB, db *DB) *scratchTable {
	t.Helper()
	s := &scratchTable{db: db}
	runText(t, db, `CREATE TABLE "scratch" ("n" bigint PRIMARY KEY)`)
	mustPrepare(t, db, map[**Statement]string{
		&s.insert: `INSERT INTO "scratch" ("n") VALUES ($1)`,
		&s.count:  `SELECT count(*) FROM "scratch"`,
		&s.any:    `SELECT 1 FROM "scratch" WHERE "n" = $1`,
		&s.lower:  `DELETE FROM "scratch" WHERE "n" < $1`,
	})
	return s
}

func mustPrepare(t testing.TB, db *DB, texts map[**Statement]string) {
	t.Helper()
	if err := db.PrepareAll(t.Context(), texts); err != nil {
		t.Fatal(err)
	}
}

func (s *scratchTable) put(ctx context.Context, n int) error {
	return s.db.Within(ctx, func(ctx context.Context) error {
		_, err := s.insert.Exec(ctx, n)
		return err
	})
}

func (s *scratchTable) has(t testing.TB, ctx context.Context, n int) bool {
	t.Helper()
	found, err := s.any.Row(ctx, func(Scanner) error { return nil }, n)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (s *scratchTable) size(t testing.TB) (n int) {
	t.Helper()
	if _, err := s.count.Row(t.Context(), func(row Scanner) error { return row.Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

func wantCode(t testing.TB, err error, code kit.Code) {
	t.Helper()
	if kit.CodeOf(err) != code {
		t.Errorf("got error %v of code %q, want code %q", err, kit.CodeOf(err), code)
	}
}

func pendingOf(t *testing.T, db *DB) (pending int, err error) {
	t.Helper()
	list, err := db.Migrations(t.Context())
	for _, m := range list {
		if !m.Applied {
			pending++
		}
	}
	return pending, err
}
