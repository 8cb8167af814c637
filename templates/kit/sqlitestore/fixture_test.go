package sqlitestore

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

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

// openTest opens a migrated database in a folder of the test.
func openTest(t *testing.T) *DB {
	t.Helper()
	return openWith(t, filepath.Join(t.TempDir(), "data", "a b?c#d%20.db"), textCodec{})
}

func openWith(t *testing.T, path string, c kit.EventCodec) *DB {
	t.Helper()
	db, err := Open(t.Context(), Config{Path: path}, c, kit.Schema{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// scratchTable is a table to write to, with its statements.
type scratchTable struct {
	db                                *DB
	create, insert, abort, count, any *Statement
}

func newScratch(t *testing.T, db *DB) *scratchTable {
	t.Helper()
	s := &scratchTable{db: db}
	mustPrepare(t, db, map[**Statement]string{&s.create: `CREATE TABLE "scratch" ("n" INTEGER PRIMARY KEY) STRICT`})
	err := db.Within(t.Context(), func(ctx context.Context) error {
		_, err := s.create.Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	mustPrepare(t, db, map[**Statement]string{
		&s.insert: `INSERT INTO "scratch" ("n") VALUES (?)`,
		&s.abort:  `INSERT OR ROLLBACK INTO "scratch" ("n") VALUES (?)`,
		&s.count:  `SELECT count(*) FROM "scratch"`,
		&s.any:    `SELECT 1 FROM "scratch" WHERE "n" = ?`,
	})
	return s
}

func mustPrepare(t *testing.T, db *DB, texts map[**Statement]string) {
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

func (s *scratchTable) has(t *testing.T, ctx context.Context, n int) bool {
	t.Helper()
	found, err := s.any.Row(ctx, func(Scanner) error { return nil }, n)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (s *scratchTable) size(t *testing.T) (n int) {
	t.Helper()
	if _, err := s.count.Row(t.Context(), func(row Scanner) error { return row.Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

func wantCode(t *testing.T, err error, code kit.Code) {
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
