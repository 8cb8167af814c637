package sqlitestore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/mattn/go-sqlite3"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// toDomain gives an error of the database its code and a message for the
// caller. Errors that have a code stay as they are.
func toDomain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*kit.Error](err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return kit.Wrap(kit.Unavailable, err, "the request ended before the store could answer")
	}
	if errors.Is(err, sql.ErrConnDone) {
		return kit.Wrap(kit.Unavailable, err, "the store is closed")
	}
	if e, ok := errors.AsType[sqlite3.Error](err); ok {
		return fromDriver(e)
	}
	return kit.Wrap(kit.Internal, err, "the store failed")
}

func fromDriver(e sqlite3.Error) error {
	switch e.ExtendedCode {
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey, sqlite3.ErrConstraintRowID:
		return kit.Wrap(kit.AlreadyExists, e, "it exists already")
	case sqlite3.ErrConstraintForeignKey:
		return kit.Wrap(kit.Conflict, e, "something that this refers to is gone, or still refers to this")
	}
	switch e.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrFull, sqlite3.ErrReadonly, sqlite3.ErrIoErr,
		sqlite3.ErrCantOpen, sqlite3.ErrNomem, sqlite3.ErrInterrupt, sqlite3.ErrPerm, sqlite3.ErrAuth:
		return kit.Wrap(kit.Unavailable, e, "the store is unavailable")
	case sqlite3.ErrTooBig:
		return kit.Wrap(kit.Invalid, e, "the value is too big to be kept")
	default:
		return kit.Wrap(kit.Internal, e, "the store failed")
	}
}

func cannotOpen(path string, cause error) error {
	return kit.Wrap(kit.Unavailable, cause, "the database "+path+" cannot be opened")
}

func errClosed() error {
	return kit.Errorf(kit.Unavailable, "the store is closed")
}
