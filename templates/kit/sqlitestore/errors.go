package sqlitestore

import (
	"errors"
	"os"

	"github.com/mattn/go-sqlite3"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// withCode gives an error its code and a message for the caller.
func withCode(err error) error { return sqlstore.WithCode(err, ofDriver) }

func ofDriver(err error) error {
	e, ok := errors.AsType[sqlite3.Error](err)
	if !ok {
		return nil
	}
	switch e.ExtendedCode {
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey, sqlite3.ErrConstraintRowID:
		return sqlstore.Duplicate(e)
	case sqlite3.ErrConstraintForeignKey:
		return sqlstore.BrokenReference(e)
	}
	switch e.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrFull, sqlite3.ErrReadonly, sqlite3.ErrIoErr,
		sqlite3.ErrCantOpen, sqlite3.ErrNomem, sqlite3.ErrInterrupt, sqlite3.ErrPerm, sqlite3.ErrAuth:
		return kit.Wrap(kit.Unavailable, e, "the store is unavailable")
	case sqlite3.ErrTooBig:
		return kit.Wrap(kit.Invalid, e, "the value is too large to store")
	default:
		return kit.Wrap(kit.Internal, e, "the store failed")
	}
}

func cannotOpen(path string, cause error) error {
	if e, ok := errors.AsType[sqlite3.Error](cause); ok && (e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB) {
		return damaged(path, cause)
	}
	return kit.Wrap(kit.Unavailable, cause, "the database "+path+" cannot be opened")
}

// damaged is the error for a file that is no database, or not a whole one. It names the
// last backup, if that is known.
func damaged(path string, cause error) error {
	instead := "a backup"
	if last, err := os.ReadFile(noteOf(path)); err == nil {
		instead += ", of which the last is " + string(last) + ","
	}
	return kit.Wrap(kit.Unavailable, cause, "the database "+path+" is damaged: put "+instead+" in its place with the command restore")
}
