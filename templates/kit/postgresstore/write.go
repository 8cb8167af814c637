package postgresstore

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
	"github.com/outgrowkit/outgrow/templates/kit/internal/scope"
)

const (
	// conflictAttempts is how often something is run that fails for what others changed
	// at the same time.
	conflictAttempts = 20
	// lossAttempts is how often something is run that fails for a connection that is lost, or
	// leads to a server that is now read-only: after a restart of the server, several may.
	lossAttempts = 3
)

// Within runs fn in a transaction: see kit.Transactor.
//
// fn must pass on the context that it is given. A change that it makes with
// another one is a transaction of its own, which may wait for this one.
func (db *DB) Within(ctx context.Context, fn func(ctx context.Context) error) error {
	if p := db.partOf(ctx); p != nil {
		return nest(ctx, p, fn)
	}
	return db.transact(ctx, "BEGIN ISOLATION LEVEL SERIALIZABLE", fn)
}

// transact runs fn in a transaction of its own, which begins with the text.
func (db *DB) transact(ctx context.Context, begin string, fn func(ctx context.Context) error) error {
	if err := db.inFlight.Begin(); err != nil {
		return err
	}
	defer db.inFlight.End()
	return db.repeat(ctx, func() (again bool, err error) {
		if ctx.Err() != nil {
			return false, withCode(ctx.Err())
		}
		t := &transaction{db: db, begin: begin}
		defer t.close() // also if fn panics
		p := scope.New(transactionKey{db}, t, db.server.StatementTimeout)
		return t.commit(ctx, p.Run(ctx, fn, func(bool) error { return nil }))
	})
}

// autocommit runs a change that is one statement, which commits it.
func (db *DB) autocommit(ctx context.Context, on *sql.DB, change work) error {
	return db.repeat(ctx, func() (again bool, err error) {
		err = db.with(ctx, on, change)
		if mayHaveRun(err) {
			return false, errUnknown(err)
		}
		return hadNoEffect(err), err
	})
}

// repeat calls fn again where that is worth it: if fn says so, a few times, unless the
// context has ended. It waits before, longer each time, and for a random time, so that
// transactions that were in each other's way part. It counts them.
func (db *DB) repeat(ctx context.Context, fn func() (again bool, err error)) error {
	for attempt := 1; ; attempt++ {
		again, err := fn()
		if !again {
			return err
		}
		attempts := lossAttempts
		if isConflict(err) {
			attempts = conflictAttempts
		}
		wait := rand.N(min(time.Millisecond<<attempt, 250*time.Millisecond))
		if attempt >= attempts || retry.Wait(ctx, wait) != nil {
			return err
		}
		db.counter.Repeated.Add(1)
	}
}

// hadNoEffect reports whether something failed for a reason that may pass, and had no
// effect. A connection on which nothing came in time is not tried again: another one would
// take as long.
func hadNoEffect(err error) bool {
	_, lost := errors.AsType[*lostError](err)
	return isConflict(err) || isStale(err) || isReadOnly(err) || lost && !isTimeout(err)
}

// mayHaveRun reports whether the connection was lost after a statement was sent, and
// before the server said what became of it.
func mayHaveRun(err error) bool {
	lost, ok := errors.AsType[*lostError](err)
	return ok && lost.sent
}
