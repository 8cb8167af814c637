package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

var shop = kit.Schema{Project: "shop"}

// openShop opens a migrated database that is the shop's.
func openShop(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), Config{Path: path}, textCodec{}, shop)
	if err == nil {
		err = db.Migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestABackupHasWhatWasAcknowledged has writers at work while backups are made.
func TestABackupHasWhatWasAcknowledged(t *testing.T) {
	dir := t.TempDir()
	db := openShop(t, filepath.Join(dir, "a.db"))
	s := newScratch(t, db)
	ctx, stop := context.WithCancel(t.Context())
	var acknowledged atomic.Int64
	ended := make(chan error)
	go func() {
		for n := 1; ; n++ {
			if err := s.put(ctx, n); err != nil {
				ended <- err
				return
			}
			acknowledged.Store(int64(n))
		}
	}()
	for i := range 5 {
		before := acknowledged.Load()
		to := filepath.Join(dir, fmt.Sprint("backup", i))
		if err := Backup(t.Context(), Config{Path: db.path}, shop, to); err != nil {
			t.Fatal(err)
		}
		there, err := Restore(t.Context(), Config{Path: to + ".restored"}, shop, to)
		if err != nil || there != "" {
			t.Fatalf("%q, %v", there, err)
		}
		restored := openShop(t, to+".restored")
		copied := &scratchTable{db: restored}
		mustPrepare(t, restored, map[**Statement]string{&copied.count: `SELECT count(*) FROM "scratch"`})
		if got := int64(copied.size(t)); got < before {
			t.Errorf("the backup has %d rows of %d", got, before)
		}
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if parts, _ := filepath.Glob(filepath.Join(dir, "*.part*")); parts != nil {
		t.Errorf("left behind: %q", parts)
	}
}

// TestRestoreKeepsWhatWasThere restores an older state, and then the newer one.
func TestRestoreKeepsWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "a.db"), filepath.Join(dir, "backup")
	db := openShop(t, path)
	if err := db.Emit(t.Context(), textEvent{"1"}); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), Config{Path: path}, shop, backup); err != nil {
		t.Fatal(err)
	}
	if err := db.Emit(t.Context(), textEvent{"2"}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int64{1, 2} {
		before, err := Restore(t.Context(), Config{Path: path}, shop, backup)
		if err != nil {
			t.Fatal(err)
		}
		db := openShop(t, path)
		if got, _, err := db.Lag(t.Context()); got != want || err != nil {
			t.Errorf("%d events are there (%v), want %d", got, err, want)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		backup = before
	}
}

func TestWhatIsNotBackedUpOrRestored(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	served := openShop(t, in("served"))
	for _, name := range []string{"idle", "whole"} {
		if err := Backup(t.Context(), Config{Path: served.path}, shop, in(name)); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := os.ReadFile(in("whole"))
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := Open(t.Context(), Config{Path: in("foreign")}, textCodec{}, kit.Schema{Project: "desk"})
	if err == nil {
		err = errors.Join(foreign.Migrate(t.Context()), foreign.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	torn := slices.Concat(whole[:len(whole)/2], make([]byte, 4096), whole[len(whole)/2+4096:])
	for name, data := range map[string][]byte{"cut": whole[:len(whole)/2], "torn": torn, "text": []byte("my diary"), "empty": nil} {
		if err := os.WriteFile(in(name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := tree(t, dir)
	for name, c := range map[string]struct {
		path, backup, restore string
		says                  string
	}{
		"over a file":          {path: "served", backup: "whole", says: "whole exists already"},
		"of nothing":           {path: "none", backup: "new", says: "no such file"},
		"into no folder":       {path: "served", backup: "none/new", says: "none/new"},
		"below a file":         {path: "served", backup: "whole/new", says: "whole/new"},
		"while it is served":   {path: "served", restore: "whole", says: "is using the database"},
		"from nothing":         {path: "idle", restore: "none", says: "none"},
		"from a part":          {path: "idle", restore: "cut", says: "cut is damaged"},
		"from one with a hole": {path: "idle", restore: "torn", says: "torn is damaged"},
		"from a text":          {path: "idle", restore: "text", says: "text is damaged"},
		"from an empty file":   {path: "idle", restore: "empty", says: "has none of its tables"},
		"from another project": {path: "idle", restore: "foreign", says: "belongs to the project desk, and this is shop"},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			if c.backup != "" {
				err = Backup(t.Context(), Config{Path: in(c.path)}, shop, in(c.backup))
			} else {
				_, err = Restore(t.Context(), Config{Path: in(c.path)}, shop, in(c.restore))
			}
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
	delete(before, "idle.lock")
	after := tree(t, dir)
	delete(after, "idle.lock")
	for name := range after {
		if before[name] != after[name] {
			t.Errorf("%s was changed or left behind", name)
		}
	}
}

// tree returns the files of a folder with what is in them.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all[filepath.Base(path)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestADamagedFileIsNotServed has one that is cut off, one that is overwritten and one
// that is empty, and names the last backup.
func TestADamagedFileIsNotServed(t *testing.T) {
	for name, damage := range map[string]func(data []byte) []byte{
		"cut off":     func(data []byte) []byte { return data[:len(data)/2] },
		"a few bytes": func([]byte) []byte { return []byte("SQLite") },
		"empty":       func([]byte) []byte { return nil },
		"a page lost": func(data []byte) []byte {
			return slices.Concat(data[:len(data)-4096], make([]byte, 4096))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path, backup := filepath.Join(dir, "a.db"), filepath.Join(dir, "backup")
			db := openShop(t, path)
			if err := errors.Join(Backup(t.Context(), Config{Path: path}, shop, backup), db.Close()); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, damage(data), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			before := tree(t, dir)
			for what, open := range map[string]func(context.Context, Config, kit.EventCodec, kit.Schema) (*DB, error){"Look": Look, "Open": Open} {
				db, err := open(t.Context(), Config{Path: path}, textCodec{}, shop)
				if err == nil {
					_, err = db.Migrations(t.Context())
					_ = db.Close()
				}
				if err == nil || !strings.Contains(err.Error(), path+" is damaged") || !strings.Contains(err.Error(), backup) {
					t.Errorf("%s: %v", what, err)
				}
				if after := tree(t, dir); after["a.db"] != before["a.db"] {
					t.Errorf("%s changed the file", what)
				}
			}
			if _, err := Restore(t.Context(), Config{Path: path}, shop, backup); err != nil {
				t.Fatal(err)
			}
			openShop(t, path)
		})
	}
}

// TestLookChangesNothing looks at a file that nobody serves, one that is served, and one
// whose process was killed.
func TestLookChangesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	look := func(when string) {
		t.Helper()
		before := tree(t, dir)
		db, err := Look(t.Context(), Config{Path: path}, textCodec{}, shop)
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if n, err := pendingOf(t, db); n != 0 || err != nil {
			t.Errorf("%s: %d are pending, %v", when, n, err)
		}
		if err := db.Emit(t.Context(), textEvent{"1"}); err == nil {
			t.Errorf("%s: it can be changed", when)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		after := tree(t, dir)
		delete(before, "a.db-shm") // the index of the log, which has the marks of readers
		delete(after, "a.db-shm")
		if fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("%s: files were changed", when)
		}
	}
	db := openShop(t, path)
	look("while it is served")
	crashed := tree(t, dir)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	look("after it")
	for name, data := range crashed {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	look("after a crash")
}
