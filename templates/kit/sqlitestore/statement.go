package sqlitestore

import (
	"context"
	"errors"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Statement is a statement that each connection prepares when it first runs it, and
// keeps. Its errors are of type kit.Error.
//
// Arguments are what a Scanner reads: a bool, a number, a string, a []byte, a kit.UUID,
// a time.Time, a type derived from one of these, a pointer to one, of which nil is
// NULL, a driver.Valuer, or an encoding.TextMarshaler.
type Statement struct {
	db   *DB
	text string
}

// PrepareAll prepares the statements and stores them where the keys point. An
// Internal error names every text that SQLite does not accept.
func (db *DB) PrepareAll(ctx context.Context, texts map[**Statement]string) error {
	var errs []error
	for to, text := range texts {
		*to = db.Statement(text)
		if err := (*to).check(ctx); err != nil {
			errs = append(errs, kit.Wrap(kit.CodeOf(err), err, "cannot prepare "+text))
		}
	}
	return errors.Join(errs...)
}

// Statement returns the statement of the text, for methods that are written by hand:
// pass values as arguments, never as part of the text.
func (db *DB) Statement(text string) *Statement { return &Statement{db: db, text: text} }

// check returns why SQLite does not accept the statement, or nil.
func (s *Statement) check(ctx context.Context) error {
	if err := s.db.inFlight.Begin(); err != nil {
		return err
	}
	defer s.db.inFlight.End()
	stmt, err := s.db.write.conn.PrepareContext(ctx, s.text)
	if err != nil {
		return withCode(err)
	}
	return withCode(stmt.Close())
}

// Exec runs the statement within a Write, and returns how many rows it changed.
func (s *Statement) Exec(ctx context.Context, args ...any) (affected int64, err error) {
	t := s.db.transactionOf(ctx)
	if t == nil {
		return 0, kit.Errorf(kit.Internal, "a change outside of a transaction: %s", s.text)
	}
	err = t.run(ctx, func() (err error) {
		affected, err = encoding.Exec(context.Background(), s.db.write.conn, s.text, args)
		return err
	})
	return affected, err
}

// Change runs the statement and, where it changed a row, keeps the events in the
// outbox: both or neither. It returns how many rows changed.
func (s *Statement) Change(ctx context.Context, events []kit.Event, args ...any) (changed int64, err error) {
	err = s.db.Write(ctx, func(ctx context.Context) error {
		changed, err = s.Exec(ctx, args...)
		if err != nil || changed == 0 {
			return err
		}
		return s.db.Emit(ctx, events...)
	})
	return changed, err
}

// Row runs the statement in the transaction of ctx, if there is one, and passes
// the first row of the result to scan, whose error it returns. It reports
// whether there was a row. What is under way is not cut off when ctx ends: a row is found
// in microseconds.
func (s *Statement) Row(ctx context.Context, scan func(Scanner) error, args ...any) (found bool, err error) {
	err = s.query(ctx, context.WithoutCancel(ctx), args, func(rows sqlstore.Rows) (err error) {
		found, err = rows.First(scan)
		return err
	})
	return found && err == nil, err
}

// Rows runs the statement in the transaction of ctx, if there is one, and
// passes each row of the result to scan, until scan returns an error, which it
// returns.
func (s *Statement) Rows(ctx context.Context, scan func(Scanner) error, args ...any) error {
	return s.query(ctx, ctx, args, func(rows sqlstore.Rows) error { return rows.Each(scan) })
}

// query runs the statement and passes its result to use, until running ends; but in a
// transaction to the end, since cutting it off would end the transaction, and with it
// those of others.
func (s *Statement) query(ctx, running context.Context, args []any, use func(sqlstore.Rows) error) error {
	if t := s.db.transactionOf(ctx); t != nil {
		return t.run(ctx, func() error {
			return encoding.Query(context.Background(), s.db.write.conn, s.text, args, use)
		})
	}
	if err := s.db.inFlight.Begin(); err != nil {
		return err
	}
	defer s.db.inFlight.End()
	if ctx.Err() != nil {
		return withCode(ctx.Err())
	}
	return withCode(encoding.Query(running, s.db.read, s.text, args, use))
}
