package sqlitestore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

func TestOneProcessServesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := openWith(t, path, textCodec{})
	_, err := Open(t.Context(), Config{Path: path}, textCodec{}, kit.Schema{})
	wantCode(t, err, kit.Unavailable)
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("the error %v does not name the file", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	openWith(t, path, textCodec{})
}

func TestACommandCanWorkBesideTheService(t *testing.T) {
	service := openTest(t)
	beside, err := OpenBeside(t.Context(), Config{Path: service.path}, textCodec{}, kit.Schema{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = beside.Close() }()
	if err := beside.Emit(t.Context(), textEvent{"beside"}); err != nil {
		t.Fatal(err)
	}
	_, err = beside.Claim(t.Context(), 1, 1)
	wantCode(t, err, kit.Conflict)
	messages, err := service.Claim(t.Context(), 10, 1)
	if err != nil || len(messages) != 1 {
		t.Errorf("the service claims %d messages (%v), want the one", len(messages), err)
	}
}

func TestACommandMakesNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "a.db")
	_, err := OpenBeside(t.Context(), Config{Path: path}, textCodec{}, kit.Schema{})
	wantCode(t, err, kit.NotFound)
	if _, err := os.Stat(filepath.Dir(path)); !os.IsNotExist(err) {
		t.Errorf("the folder: %v", err)
	}
}

func TestClaimsEndWithTheProcess(t *testing.T) {
	db := openTest(t)
	if err := db.Emit(t.Context(), textEvent{"1"}, textEvent{"2"}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		messages, err := db.Claim(t.Context(), 10, 1<<40)
		if err != nil || len(messages) != 2 {
			t.Fatalf("claimed %d messages (%v), want 2", len(messages), err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = openWith(t, db.path, textCodec{})
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	db := openTest(t)
	if err := db.Emit(t.Context(), textEvent{"1"}); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(filepath.Dir(db.path), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", filepath.Base(path), info.Mode())
		}
		files++
		return err
	})
	if err != nil || files < 5 {
		t.Errorf("walked %d files (%v), want the folder, the database, its log, its index and its lock", files, err)
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, slices.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		path string
		code kit.Code
	}{
		"no path":            {"", kit.Invalid},
		"a folder":           {dir, kit.Unavailable},
		"below a file":       {filepath.Join(garbage, "a.db"), kit.Unavailable},
		"not a database":     {garbage, kit.Unavailable},
		"not one twice over": {garbage, kit.Unavailable}, // the lock was given back
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(t.Context(), Config{Path: test.path}, textCodec{}, kit.Schema{})
			wantCode(t, err, test.code)
			if err == nil || !strings.Contains(err.Error(), test.path) {
				t.Errorf("the error %v does not name the file", err)
			}
		})
	}
}

// TestLagOfMany does not count all that waits, and is close.
func TestLagOfMany(t *testing.T) {
	db := openTest(t)
	now := time.Now().Truncate(time.Microsecond)
	many := killStatement(t, db, `INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload")
		WITH RECURSIVE "n" ("i") AS (SELECT 1 UNION ALL SELECT "i" + 1 FROM "n" WHERE "i" < 20001)
		SELECT x'00', '', '', '', $1, x'' FROM "n"`)
	if _, err := many.Apply(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if _, err := killStatement(t, db, `DELETE FROM "outbox" WHERE "seq" IN (1, 3)`).Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	waiting, oldest, err := db.Lag(t.Context())
	if err != nil || waiting != 20_000 || !oldest.Equal(now) { // 3 is counted
		t.Errorf("%d wait since %v (%v)", waiting, oldest, err)
	}
}

func TestMigrationsArePendingUntilApplied(t *testing.T) {
	db, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "a.db")}, textCodec{}, kit.Schema{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	before, err := pendingOf(t, db)
	if err != nil || before == 0 {
		t.Errorf("%d migrations are pending (%v), want at least one", before, err)
	}
	for range 2 {
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after, err := pendingOf(t, db); err != nil || after != 0 {
			t.Errorf("%d migrations are pending (%v), want none", after, err)
		}
	}
}

// The project's migrations have versions of their own, and one that is older than what
// was applied is applied as well.
func TestMigrationsOfAProject(t *testing.T) {
	files := fstest.MapFS{
		"migrations/00002_late.sql": &fstest.MapFile{Data: []byte(`-- +goose Up
CREATE TABLE "late" ("n" INTEGER) STRICT;`)},
	}
	path := filepath.Join(t.TempDir(), "a.db")
	for _, name := range []string{"late", "early"} {
		db, err := Open(t.Context(), Config{Path: path}, textCodec{}, kit.Schema{Project: "shop", Migrations: files})
		if err == nil {
			err = db.Migrate(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		runChange(t, db, `INSERT INTO "`+name+`" VALUES (1)`)
		if n, err := pendingOf(t, db); err != nil || n != 0 {
			t.Errorf("%d migrations are pending, %v", n, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		files["migrations/00001_early.sql"] = &fstest.MapFile{Data: []byte(`-- +goose Up
CREATE TABLE "early" ("n" INTEGER) STRICT;`)}
	}
}

func TestAClosedDatabaseIsUnavailable(t *testing.T) {
	db := openTest(t)
	s := newScratch(t, db)
	if err := db.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	_, recall := db.Recall(t.Context(), "a")
	_, claim := db.Claim(t.Context(), 1, 1)
	for name, err := range map[string]error{
		"ping": db.Ping(t.Context()), "write": s.put(t.Context(), 1), "read": recall, "claim": claim,
		"emit": db.Emit(t.Context(), textEvent{}), "migrate": db.Migrate(t.Context()),
		"prepare": db.PrepareAll(t.Context(), map[**Statement]string{new(*Statement): "SELECT 1"}),
	} {
		if kit.CodeOf(err) != kit.Unavailable {
			t.Errorf("%s: got %v, want Unavailable", name, err)
		}
	}
}

func TestStatementsThatCannotWork(t *testing.T) {
	db := openTest(t)
	s := newScratch(t, db)
	var bad *Statement
	err := db.PrepareAll(t.Context(), map[**Statement]string{&bad: `SELECT "nothing" FROM "nowhere"`})
	wantCode(t, err, kit.Internal)
	if err == nil || !strings.Contains(err.Error(), `FROM "nowhere"`) {
		t.Errorf("the error %v does not name the text", err)
	}
	_, err = s.insert.Exec(t.Context(), 1)
	wantCode(t, err, kit.Internal)
	err = db.Within(t.Context(), func(ctx context.Context) error {
		_, err := s.insert.Exec(ctx, "not a number")
		return err
	})
	wantCode(t, err, kit.Internal)
	_, err = s.insert.Row(t.Context(), func(Scanner) error { return nil }, 1)
	wantCode(t, err, kit.Unavailable) // the connections for reading cannot write
}

func TestAReadEndsWithItsContext(t *testing.T) {
	forever := openTest(t).Statement(`WITH RECURSIVE "n" AS (SELECT 1 UNION ALL SELECT 1 FROM "n") SELECT count(*) FROM "n"`)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := forever.Row(ctx, func(Scanner) error { return nil })
	wantCode(t, err, kit.Unavailable)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, which hides the cause", err)
	}
}

// A file that was closed in order is whole: what is kept is in it alone.
func TestCloseLeavesNothingBeside(t *testing.T) {
	s := newScratch(t, openTest(t))
	if err := s.put(t.Context(), 1); err != nil || s.size(t) != 1 {
		t.Fatal(err)
	}
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, beside := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(s.db.path + beside); !os.IsNotExist(err) {
			t.Errorf("there is still a file %s: %v", beside, err)
		}
	}
}
