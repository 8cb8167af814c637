package sqlitestore

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// openVariable holds the path of the database that TestOpened is to open.
const openVariable = "SQLITE_OPEN_PATH"

// TestOpened opens a database in a process of its own, for opensElsewhere.
func TestOpened(t *testing.T) {
	path := os.Getenv(openVariable)
	if path == "" {
		return
	}
	openWith(t, path, textCodec{})
}

// opensElsewhere opens a database in another process, and returns why it cannot.
func opensElsewhere(t *testing.T, path string) (refusal string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestOpened$")
	cmd.Env = append(os.Environ(), openVariable+"="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		return string(out)
	}
	return ""
}

func mustEmit(t *testing.T, db *DB) {
	t.Helper()
	if err := db.Emit(t.Context(), textEvent{"1"}); err != nil {
		t.Fatal(err)
	}
}

// TestASecondOpenLeavesTheLocks of the first: closing a file would end them.
func TestASecondOpenLeavesTheLocks(t *testing.T) {
	db := openTest(t)
	_, err := Open(t.Context(), Config{Path: db.path}, textCodec{}, kit.Schema{})
	wantCode(t, err, kit.Unavailable)
	beside, err := OpenBeside(t.Context(), Config{Path: db.path}, textCodec{}, kit.Schema{})
	if err != nil {
		t.Fatal(err)
	}
	mustEmit(t, beside)
	if err := beside.Close(); err != nil {
		t.Fatal(err)
	}
	if refusal := opensElsewhere(t, db.path); !strings.Contains(refusal, "another process is using the database") {
		t.Errorf("another process opened it: %s", refusal)
	}
	mustEmit(t, db)
}

// TestAFileIsServedUnderOneName whatever other names it has.
func TestAFileIsServedUnderOneName(t *testing.T) {
	db := openTest(t)
	mustEmit(t, db)
	dir := t.TempDir()
	if err := os.Symlink(db.path, filepath.Join(dir, "file")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Dir(db.path), filepath.Join(dir, "folder")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Join(dir, "file"), filepath.Join(dir, "folder", filepath.Base(db.path))} {
		if refusal := opensElsewhere(t, name); !strings.Contains(refusal, "another process is using the database") {
			t.Errorf("%s: another process opened it: %s", name, refusal)
		}
	}
	link := filepath.Join(dir, "hard")
	if err := os.Link(db.path, link); err != nil {
		t.Fatal(err)
	}
	if refusal := opensElsewhere(t, link); !strings.Contains(refusal, "has other names") {
		t.Errorf("another process opened the hard link: %s", refusal)
	}
	mustEmit(t, db)
}

// TestADatabaseOpensThroughALink, also one that leads to a file that is not there yet.
func TestADatabaseOpensThroughALink(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "real"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "real"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		db := openWith(t, filepath.Join(dir, "link", "a.db"), textCodec{})
		mustEmit(t, db)
		if want := filepath.Join(dir, "real", "a.db"); db.path != want {
			t.Errorf("the path is %s, want %s", db.path, want)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWhatWouldBeLostIsNotAcknowledged: changes to a file that the path does not lead to.
func TestWhatWouldBeLostIsNotAcknowledged(t *testing.T) {
	for name, lose := range map[string]func(path string) error{
		"removed":      os.Remove,
		"renamed":      func(path string) error { return os.Rename(path, path+".old") },
		"replaced":     func(path string) error { return os.Rename(copied(path), path) },
		"log removed":  func(path string) error { return os.Remove(path + "-wal") },
		"lock removed": func(path string) error { return os.Remove(path + ".lock") },
	} {
		t.Run(name, func(t *testing.T) {
			db := openTest(t)
			mustEmit(t, db)
			if err := db.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := lose(db.path); err != nil {
				t.Fatal(err)
			}
			for _, err := range []error{db.Emit(t.Context(), textEvent{"2"}), db.Ping(t.Context())} {
				wantCode(t, err, kit.Unavailable)
				if err != nil && !strings.Contains(err.Error(), db.path) {
					t.Errorf("the error does not name the file: %v", err)
				}
			}
		})
	}
}

// TestTheLogShrinks after a long read that made it grow.
func TestTheLogShrinks(t *testing.T) {
	db := openTest(t)
	mustEmit(t, db)
	size := func() int64 {
		info, err := os.Stat(db.path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	tx, err := db.read.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRowContext(t.Context(), `SELECT count(*) FROM "outbox"`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	for size() <= 2*logLimit {
		if err := db.Emit(t.Context(), textEvent{strings.Repeat("x", 1<<20)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	mustEmit(t, db) // copies the log into the database
	mustEmit(t, db) // begins the log anew
	if size() > logLimit {
		t.Errorf("the log has %d bytes, want at most %d", size(), logLimit)
	}
}

// copied returns the path of a copy.
func copied(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	if err := os.WriteFile(path+".copy", data, 0o600); err != nil {
		return ""
	}
	return path + ".copy"
}

// TestNothingIsRestoredOverAServedFile, by whatever name.
func TestNothingIsRestoredOverAServedFile(t *testing.T) {
	db := openTest(t)
	mustEmit(t, db)
	backup, link := filepath.Join(t.TempDir(), "backup.db"), filepath.Join(t.TempDir(), "link.db")
	if err := Backup(t.Context(), Config{Path: db.path}, kit.Schema{}, backup); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(db.path, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{db.path, link} {
		_, err := Restore(t.Context(), Config{Path: path}, kit.Schema{}, backup)
		wantCode(t, err, kit.Unavailable)
	}
	mustEmit(t, db)
}
