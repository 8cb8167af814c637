package postgresstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Statement is a prepared statement. Its errors are of type kit.Error.
//
// Arguments are what a Scanner reads: a bool, a number, a string, a []byte, a kit.UUID,
// a time.Time, a type derived from one of these, a pointer to one, of which nil is
// NULL, a driver.Valuer, or an encoding.TextMarshaler.
//
// Each connection prepares a statement when it first runs it.
type Statement struct {
	db   *DB
	text string
}

// PrepareAll prepares the statements and stores them where the keys point. An
// Internal error names every text that the server does not accept.
func (db *DB) PrepareAll(ctx context.Context, texts map[**Statement]string) error {
	var errs []error
	for to, text := range texts {
		s := db.Statement(text)
		if err := s.prepare(ctx); err != nil {
			errs = append(errs, err)
		}
		*to = s
	}
	return errors.Join(errs...)
}

// Statement returns the statement of the text, for methods that are written by hand:
// pass values as arguments, never as part of the text.
func (db *DB) Statement(text string) *Statement { return &Statement{db: db, text: text} }

// prepare prepares the statement on one connection, to see that it can be.
func (s *Statement) prepare(ctx context.Context) error {
	err := s.db.with(ctx, s.db.changes, func(conn *sql.Conn) error {
		return conn.Raw(func(c any) error { return c.(*serverConn).prepare(ctx, s.text) })
	})
	if err != nil {
		return kit.Wrap(kit.CodeOf(err), err, "cannot prepare "+s.text)
	}
	return nil
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

// Exec runs the statement within a Write, and returns how many rows it changed.
//
// Where it fails, the server takes nothing more of the Write that it is in, the
// innermost: that one must end, by returning the error.
func (s *Statement) Exec(ctx context.Context, args ...any) (affected int64, err error) {
	t := s.db.transactionOf(ctx)
	if t == nil {
		return 0, kit.Errorf(kit.Internal, "a change outside of a transaction: %s", s.text)
	}
	err = t.run(ctx, func(conn *sql.Conn) (err error) {
		affected, err = encoding.Exec(ctx, conn, s.text, args)
		return err
	})
	return affected, err
}

// apply runs the statement in the transaction of ctx or, where there is none, as
// a change of its own, in one round trip. The statement must be one that fails for
// no reason of its own.
func (s *Statement) apply(ctx context.Context, args ...any) (affected int64, err error) {
	if s.db.transactionOf(ctx) != nil {
		return s.Exec(ctx, args...)
	}
	err = s.db.autocommit(ctx, func(conn *sql.Conn) (err error) {
		affected, err = encoding.Exec(ctx, conn, s.text, args)
		return err
	})
	return affected, err
}

// Row runs the statement in the transaction of ctx, if there is one, and passes
// the first row of the result to scan, whose error it returns. It reports
// whether there was a row.
func (s *Statement) Row(ctx context.Context, scan func(Scanner) error, args ...any) (found bool, err error) {
	err = s.query(ctx, args, func(rows sqlstore.Rows) (err error) {
		found, err = rows.First(scan)
		return err
	})
	return found && err == nil, err
}

// Rows runs the statement in the transaction of ctx, if there is one, and
// passes each row of the result to scan, until scan returns an error, which it
// returns. scan must not use the transaction: its connection is taken.
func (s *Statement) Rows(ctx context.Context, scan func(Scanner) error, args ...any) error {
	return s.query(ctx, args, func(rows sqlstore.Rows) error { return rows.Each(scan) })
}

// How often a read is run again whose connection was lost before it returned
// anything: after a restart of the server, several may be.
const readAttempts = 3

// query runs the statement and passes its result to use.
func (s *Statement) query(ctx context.Context, args []any, use func(sqlstore.Rows) error) error {
	if t := s.db.transactionOf(ctx); t != nil {
		return t.run(ctx, func(conn *sql.Conn) error { return encoding.Query(toTheEnd{ctx}, conn, s.text, args, use) })
	}
	for attempt := 1; ; attempt++ {
		begun := false
		err := s.db.with(ctx, s.db.reads, func(conn *sql.Conn) error {
			return encoding.Query(toTheEnd{ctx}, conn, s.text, args, func(rows sqlstore.Rows) error {
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
