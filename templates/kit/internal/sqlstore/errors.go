package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/scope"
)

// WithCode gives an error of a database its code and a message for the caller. An error
// that has a code stays as it is. ofDriver does so for an error of the driver, and
// returns nil for any other.
func WithCode(err error, ofDriver func(error) error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*kit.Error](err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return scope.ContextEnded(err)
	}
	if errors.Is(err, sql.ErrConnDone) {
		return kit.Wrap(kit.Unavailable, err, "the store is closed")
	}
	if coded := ofDriver(err); coded != nil {
		return coded
	}
	return kit.Wrap(kit.Internal, err, "the store failed")
}

// Duplicate returns the error for a row that breaks a UNIQUE constraint.
func Duplicate(cause error) error { return kit.Wrap(kit.AlreadyExists, cause, "it already exists") }

// BrokenReference returns the error for a row that breaks a FOREIGN KEY constraint.
func BrokenReference(cause error) error {
	return kit.Wrap(kit.Conflict, cause, "it refers to something that does not exist, or something still refers to it")
}
