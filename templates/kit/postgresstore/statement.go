package postgresstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Statement is a statement that each connection prepares when it first runs it, and
// keeps. PrepareAll and Statement of DB make one.
type Statement = sqlstore.Statement

// preparer has the methods of DB that make statements.
type preparer = sqlstore.Preparer

// runner runs statements: see sqlstore.Runner.
type runner struct{ db *DB }

// Check prepares the statement on one connection.
func (r runner) Check(ctx context.Context, text string) error {
	return r.db.with(ctx, r.db.changes, func(conn *sql.Conn) error {
		return conn.Raw(func(c any) error { return c.(*serverConn).prepare(ctx, text) })
	})
}

// with runs fn on a connection of the pool.
func (db *DB) with(ctx context.Context, from *sql.DB, fn func(*sql.Conn) error) error {
	if err := db.inFlight.Begin(); err != nil {
		return err
	}
	defer db.inFlight.End()
	conn, err := db.server.take(ctx, from)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // it goes back to the pool
	return withContext(ctx, fn(conn))
}

// Exec runs a change in the transaction of ctx.
func (r runner) Exec(ctx context.Context, text string, args []any) (changed int64, err error) {
	t := r.db.transactionOf(ctx)
	if t == nil {
		return 0, kit.Errorf(kit.Internal, "a change outside of a transaction: %s", text)
	}
	err = t.run(ctx, func(conn *sql.Conn) (err error) {
		changed, err = encoding.Exec(ctx, conn, text, args)
		return err
	})
	return changed, err
}

// Apply runs a change outside of a transaction in one round trip. The statement must be
// one that fails for no reason of its own: a transaction of ctx would fail with it.
func (r runner) Apply(ctx context.Context, text string, args []any) (changed int64, err error) {
	if r.db.transactionOf(ctx) != nil {
		return r.Exec(ctx, text, args)
	}
	err = r.db.autocommit(ctx, func(conn *sql.Conn) (err error) {
		changed, err = encoding.Exec(ctx, conn, text, args)
		return err
	})
	return changed, err
}

// How often a read is run again whose connection was lost before it returned
// anything: after a restart of the server, several may be.
const readAttempts = 3

// Query reads on a connection that cannot change anything, unless in a transaction.
func (r runner) Query(ctx context.Context, text string, args []any, use func(sqlstore.Rows) error) error {
	if t := r.db.transactionOf(ctx); t != nil {
		return t.run(ctx, func(conn *sql.Conn) error { return encoding.Query(toTheEnd{ctx}, conn, text, args, use) })
	}
	for attempt := 1; ; attempt++ {
		begun := false
		err := r.db.with(ctx, r.db.reads, func(conn *sql.Conn) error {
			return encoding.Query(toTheEnd{ctx}, conn, text, args, func(rows sqlstore.Rows) error {
				begun = true
				return use(rows)
			})
		})
		if err == nil || begun || attempt == readAttempts || !mayPass(ctx, err) {
			return err
		}
	}
}

// mayPass reports whether something that had no effect is worth another attempt.
func mayPass(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	if _, ok := errors.AsType[*staleError](err); ok {
		return true
	}
	_, lost := errors.AsType[*lostError](err)
	return lost && !isTimeout(err)
}
