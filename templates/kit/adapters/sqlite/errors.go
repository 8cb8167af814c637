package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/mattn/go-sqlite3"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
)

// toDomain gives an error of the database its code and a message for the
// caller. Errors that have a code stay as they are.
func toDomain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*domain.Error](err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return domain.Wrap(domain.Unavailable, err, "the request ended before the store could answer")
	}
	if errors.Is(err, sql.ErrConnDone) {
		return domain.Wrap(domain.Unavailable, err, "the store is closed")
	}
	if e, ok := errors.AsType[sqlite3.Error](err); ok {
		return fromDriver(e)
	}
	return domain.Wrap(domain.Internal, err, "the store failed")
}

func fromDriver(e sqlite3.Error) error {
	switch e.ExtendedCode {
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey, sqlite3.ErrConstraintRowID:
		return domain.Wrap(domain.AlreadyExists, e, "there is one already")
	case sqlite3.ErrConstraintForeignKey:
		return domain.Wrap(domain.Conflict, e, "something that this refers to is gone, or still refers to this")
	}
	switch e.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrFull, sqlite3.ErrReadonly, sqlite3.ErrIoErr,
		sqlite3.ErrCantOpen, sqlite3.ErrNomem, sqlite3.ErrInterrupt, sqlite3.ErrPerm, sqlite3.ErrAuth:
		return domain.Wrap(domain.Unavailable, e, "the store is unavailable")
	case sqlite3.ErrTooBig:
		return domain.Wrap(domain.Invalid, e, "the value is too big to be kept")
	default:
		return domain.Wrap(domain.Internal, e, "the store failed")
	}
}

func cannotOpen(path string, cause error) error {
	return domain.Wrap(domain.Unavailable, cause, "the database "+path+" cannot be opened")
}

func errClosed() error {
	return domain.Errorf(domain.Unavailable, "the store is closed")
}
