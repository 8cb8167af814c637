package sqlitestore

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestRehearse tries migrations that the data does not allow, while another process serves
// the file, without a trace.
func TestRehearse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	files := fstest.MapFS{"migrations/1_things.sql": {Data: []byte("-- +goose Up\nCREATE TABLE \"things\" (\"n\" INTEGER);")}}
	schema := kit.Schema{Project: "shop", Migrations: files}
	serves, err := Open(t.Context(), Config{Path: path}, textCodec{}, schema)
	if err == nil {
		err = serves.Migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = serves.Close() })
	change := func(text string) {
		t.Helper()
		if _, err := serves.Statement(text).Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	rehearse := func(wanted bool, says string, pending int) {
		t.Helper()
		db, err := Look(t.Context(), Config{Path: path}, textCodec{}, schema)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close() //nolint:errcheck // nothing was written
		tried, err := db.Rehearse(t.Context())
		if tried != wanted || (says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, %v, want %v, %q", tried, err, wanted, says)
		}
		list, err := db.Migrations(t.Context())
		for _, m := range list {
			if !m.Applied {
				pending--
			}
		}
		if pending != 0 || err != nil {
			t.Errorf("%v, %v", list, err)
		}
	}
	glob := func() string {
		files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(files, " ")
	}
	before := glob()
	change(`INSERT INTO "things" VALUES (7), (7)`)
	files["migrations/2_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nALTER TABLE \"things\" ADD COLUMN \"m\" INTEGER;")}
	files["migrations/3_one.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE UNIQUE INDEX \"one\" ON \"things\" (\"n\");")}
	rehearse(false, "3_one.sql", 2)
	change(`DELETE FROM "things"`)
	rehearse(true, "", 2)
	if left := glob(); left != before {
		t.Errorf("left are %s, and there were %s", left, before)
	}
}
