package sqlitestore

import (
	"context"
	"errors"

	"github.com/mattn/go-sqlite3"

	"github.com/outgrowkit/outgrow/templates/kit"
)

func (db *DB) lockPath() string { return db.path + ".lock" }

// lock keeps other processes from serving the same file. It is held by a
// transaction on a file of its own beside the database, since SQLite knows how
// to lock on every system; it ends with the process, however that ends.
func (db *DB) lock(ctx context.Context) error {
	path := db.lockPath()
	if err := makeFile(path); err != nil {
		return cannotOpen(path, err)
	}
	h, err := open(path, lockOptions, 1)
	if err == nil {
		db.closers = append(db.closers, h)
		_, err = h.ExecContext(ctx, "BEGIN EXCLUSIVE") // in the one connection of the handle, which keeps it
	}
	if e, ok := errors.AsType[sqlite3.Error](err); ok && e.Code == sqlite3.ErrBusy {
		return kit.Errorf(kit.Unavailable, "another process is using the database %s", db.path)
	}
	if err != nil {
		return cannotOpen(path, err)
	}
	return nil
}
