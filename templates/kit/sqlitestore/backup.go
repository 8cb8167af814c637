package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Backup writes a copy of the database, as it is when the copying begins, to a file that
// does not exist. A process may serve it, and change it meanwhile. The copy has been
// checked, and has reached the disk.
func Backup(ctx context.Context, c Config, schema kit.Schema, to string) error {
	path, err := realPath(c.Path)
	if err != nil {
		return cannotOpen(c.Path, err)
	}
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return kit.Errorf(kit.AlreadyExists, "%s exists already: a backup does not replace a file", to)
	}
	part, err := copyOf(ctx, schema, c.Path, readOptions, to)
	if err != nil {
		return err
	}
	if err := place(part, to); err != nil {
		return cannotWrite(to, err)
	}
	if to, err = filepath.Abs(to); err == nil {
		_ = os.WriteFile(noteOf(path), []byte(to), 0o600) // a hint for the day that it is needed
	}
	return nil
}

// noteOf returns the path of the file that says where the last backup is.
func noteOf(path string) string { return path + ".backup" }

// Restore puts a backup in the place of the database, which no process may serve. It
// returns where the database is that was there before, if there was one. Wherever it is
// interrupted, the one or the other is in place.
func Restore(ctx context.Context, c Config, schema kit.Schema, from string) (before string, err error) {
	path, err := realPath(c.Path)
	if err != nil {
		return "", cannotOpen(c.Path, err)
	}
	db := &DB{path: path}
	defer db.Close() //nolint:errcheck // nothing but the lock was opened
	if err := db.lock(ctx); err != nil {
		return "", err
	}
	part, err := copyOf(ctx, schema, from, lookOptions(from), path)
	if err != nil {
		return "", err
	}
	if before, err = setAside(ctx, path); err == nil {
		err = place(part, path)
	}
	if err != nil {
		_ = os.Remove(part) // the reason is err
		return "", cannotWrite(path, err)
	}
	return before, nil
}

// setAside gives the database at the path another name as well, and removes its log,
// which must not be taken for one of the file that comes in its place.
func setAside(ctx context.Context, path string) (before string, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", removeAll(path+"-wal", path+"-shm")
	}
	if h, err := open(path, writeOptions, 1); err == nil {
		_, _ = h.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)") // a damaged one keeps its log
		_ = h.Close()
	}
	before = path + time.Now().UTC().Format(".before-20060102T150405.000")
	if err := os.Link(path, before); err != nil {
		return "", err
	}
	if err := os.Link(path+"-wal", before+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return before, removeAll(path+"-wal", path+"-shm")
}

func removeAll(paths ...string) error {
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// copyOf writes a copy of the database, which must be whole and the project's, to a new
// file beside the one that it is to become.
func copyOf(ctx context.Context, schema kit.Schema, from, asked, to string) (part string, err error) {
	if _, err := os.Stat(from); err != nil {
		return "", cannotOpen(from, err)
	}
	f, err := os.CreateTemp(filepath.Dir(to), filepath.Base(to)+".*.part")
	if err != nil {
		return "", cannotWrite(to, err)
	}
	part = f.Name()
	defer f.Close() //nolint:errcheck // it is written to and flushed by others
	h, err := open(from, asked, 1)
	if err == nil {
		defer h.Close()                              //nolint:errcheck // it was read only
		err = check(ctx, h, from, "integrity_check") // a copy would leave out what is damaged beside the rows
	}
	if err == nil {
		err = copyInto(ctx, h, from, part)
	}
	if err == nil {
		err = examine(ctx, schema, from, part)
	}
	if err == nil {
		err = flush(part)
	}
	if err != nil {
		_ = os.Remove(part) // the reason is err
		return "", err
	}
	return part, nil
}

// copyInto copies a database, as it is at one moment, into an empty file.
func copyInto(ctx context.Context, h *sql.DB, from, part string) error {
	if _, err := h.ExecContext(ctx, "VACUUM INTO $1", part); err != nil {
		return kit.Wrap(kit.CodeOf(withCode(err)), err, "cannot copy "+from+" to "+part)
	}
	return nil
}

// examine returns an error unless a copy is whole, and of a database of the project.
func examine(ctx context.Context, schema kit.Schema, from, part string) error {
	db, err := openDB(ctx, Config{Path: part, Readers: 1}, nil, schema, looking)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // it was read only
	if err := check(ctx, db.read, from, "integrity_check"); err != nil {
		return err
	}
	list, err := db.list(ctx)
	if err == nil && !slices.ContainsFunc(list, func(m kit.Migration) bool { return m.Applied }) {
		err = kit.Errorf(kit.Invalid, "%s is not a database of this service: it has none of its tables", from)
	}
	return err
}

// check runs a check of SQLite, and returns the first thing that is wrong with the
// database at a path.
func check(ctx context.Context, h *sql.DB, path, name string) error {
	var says string
	if err := h.QueryRowContext(ctx, "PRAGMA "+name+"(1)").Scan(&says); err != nil {
		return cannotOpen(path, err)
	}
	if says != "ok" {
		return damaged(path, errors.New(says))
	}
	return nil
}

// place gives a file its name. It returns once the name is on the disk.
func place(part, to string) error {
	if err := os.Rename(part, to); err != nil {
		return err
	}
	return flush(filepath.Dir(to))
}

func cannotWrite(path string, cause error) error {
	return kit.Wrap(kit.Unavailable, cause, "cannot write "+path)
}

// flush returns once a file, or the names in a folder, are on the disk.
func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
