package postgresstore

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// conflictAttempts is how often a transaction is run that fails for what others changed
// at the same time.
const conflictAttempts = 20

// Write runs fn in a transaction, as Within does.
//
// fn must pass on the context that it is given. A change that it makes with
// another one is a transaction of its own, which may wait for this one.
func (db *DB) Write(ctx context.Context, fn func(ctx context.Context) error) error {
	if t := db.transactionOf(ctx); t != nil {
		return sqlstore.Nest(ctx, fn, t.save, t.leave)
	}
	if err := db.inFlight.Begin(); err != nil {
		return err
	}
	defer db.inFlight.End()
	for attempt := 1; ; attempt++ {
		retry, err := db.attempt(ctx, fn)
		if !retry || attempt >= conflictAttempts || backOff(ctx, attempt) != nil {
			return err
		}
	}
}

// Within runs fn in a transaction: see kit.Transactor.
func (db *DB) Within(ctx context.Context, fn func(ctx context.Context) error) error {
	return db.Write(ctx, fn)
}

// attempt runs fn in a transaction once. It reports whether that had no effect, and may
// have one when it is run again.
func (db *DB) attempt(ctx context.Context, fn func(ctx context.Context) error) (retry bool, err error) {
	if ctx.Err() != nil {
		return false, withCode(ctx.Err())
	}
	t := &transaction{db: db}
	defer t.close() // also if fn panics
	return t.commit(ctx, fn(t.within(ctx)))
}

// backOff waits before another attempt, longer each time, and for a random time, so
// that transactions that were in each other's way part.
func backOff(ctx context.Context, attempt int) error {
	limit := min(time.Millisecond<<attempt, 250*time.Millisecond)
	return sleep(ctx, rand.N(limit))
}

// autocommit runs a change that is one statement, which commits it. It is run again only
// where it had no effect.
func (db *DB) autocommit(ctx context.Context, change func(*sql.Conn) error) error {
	for attempt := 1; ; attempt++ {
		err := db.with(ctx, db.changes, change)
		lost, isLost := errors.AsType[*lostError](err)
		switch {
		case err == nil:
			return nil
		case isLost && lost.sent:
			return errUnknown(err)
		case isConflict(err) && attempt < conflictAttempts, mayPass(ctx, err) && attempt < readAttempts:
			if backOff(ctx, attempt) != nil {
				return err
			}
		default:
			return err
		}
	}
}
