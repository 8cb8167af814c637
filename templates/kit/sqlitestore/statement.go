package sqlitestore

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Statement is a prepared statement. Its errors are of type kit.Error.
//
// Arguments are what a Scanner reads: a bool, a number, a string, a []byte, a kit.UUID,
// a time.Time, a type derived from one of these, a pointer to one, of which nil is
// NULL, a driver.Valuer, or an encoding.TextMarshaler.
type Statement struct {
	db   *DB
	text string

	preparing sync.Mutex
	writer    atomic.Pointer[nativeStmt]
}

func (db *DB) newStatement(text string) *Statement { return &Statement{db: db, text: text} }

// PrepareAll prepares the statements and stores them where the keys point. An
// Internal error names every text that SQLite does not accept.
//
// The connections for reading prepare a statement when they first run it.
func (db *DB) PrepareAll(ctx context.Context, texts map[**Statement]string) error {
	var errs []error
	for to, text := range texts {
		s := db.newStatement(text)
		if _, err := s.onWriter(ctx); err != nil {
			errs = append(errs, err)
		}
		*to = s
	}
	return errors.Join(errs...)
}

// Statement returns the statement of the text, the same one each time, for
// methods that are written by hand. It is prepared when it is first run, and kept:
// pass values as arguments, never as part of the text.
func (db *DB) Statement(text string) *Statement {
	if s, ok := db.texts.Load(text); ok {
		return s.(*Statement)
	}
	s, _ := db.texts.LoadOrStore(text, db.newStatement(text))
	return s.(*Statement)
}

// onWriter returns the statement as prepared on the writer's connection.
func (s *Statement) onWriter(ctx context.Context) (*nativeStmt, error) {
	if stmt := s.writer.Load(); stmt != nil {
		return stmt, nil
	}
	s.preparing.Lock()
	defer s.preparing.Unlock()
	if stmt := s.writer.Load(); stmt != nil {
		return stmt, nil
	}
	stmt, err := s.prepare(ctx, s.db.write.conn)
	if err == nil {
		s.writer.Store(stmt)
	}
	return stmt, err
}

func (s *Statement) prepare(ctx context.Context, conn *nativeConn) (*nativeStmt, error) {
	if err := ctx.Err(); err != nil {
		return nil, withCode(err)
	}
	stmt, err := conn.prepare(s.text)
	if err == nil {
		return stmt, nil
	}
	err = withCode(err)
	return nil, kit.Wrap(kit.CodeOf(err), err, "cannot prepare "+s.text)
}

// Exec runs the statement within a Write, and returns how many rows it changed.
func (s *Statement) Exec(ctx context.Context, args ...any) (affected int64, err error) {
	t := s.db.transactionOf(ctx)
	if t == nil {
		return 0, kit.Errorf(kit.Internal, "the statement must run in a transaction: %s", s.text)
	}
	err = t.run(ctx, func() error {
		stmt, err := s.onWriter(ctx)
		if err == nil {
			affected, err = stmt.exec(args...)
		}
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

// One is Row for a statement that finds one row by its key. That takes microseconds:
// it is not cut off when ctx ends, and so need not watch it.
func (s *Statement) One(ctx context.Context, scan func(Scanner) error, args ...any) (found bool, err error) {
	return s.row(ctx, true, scan, args)
}

// Row runs the statement in the transaction of ctx, if there is one, and passes
// the first row of the result to scan, whose error it returns. It reports
// whether there was a row.
func (s *Statement) Row(ctx context.Context, scan func(Scanner) error, args ...any) (found bool, err error) {
	return s.row(ctx, false, scan, args)
}

func (s *Statement) row(ctx context.Context, brief bool, scan func(Scanner) error, args []any) (found bool, err error) {
	err = s.query(ctx, brief, args, func(rows *nativeRows) error {
		if rows.next() {
			found = true
			return scan(rows)
		}
		return nil
	})
	return found && err == nil, err
}

// Rows runs the statement in the transaction of ctx, if there is one, and
// passes each row of the result to scan, until scan returns an error, which it
// returns.
func (s *Statement) Rows(ctx context.Context, scan func(Scanner) error, args ...any) error {
	return s.query(ctx, false, args, func(rows *nativeRows) error {
		for rows.next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return nil
	})
}

// query runs the statement and passes its result to use. What is brief is not cut off
// when ctx ends.
func (s *Statement) query(ctx context.Context, brief bool, args []any, use func(*nativeRows) error) error {
	if t := s.db.transactionOf(ctx); t != nil {
		return t.run(ctx, func() error {
			stmt, err := s.onWriter(ctx)
			if err != nil {
				return err
			}
			return stmt.query(context.Background(), args, use)
		})
	}
	r, err := s.db.read.take(ctx)
	if err != nil {
		return err
	}
	defer s.db.read.give(r)
	stmt, err := r.statement(ctx, s)
	if err != nil {
		return err
	}
	if brief {
		ctx = context.Background()
	}
	return withCode(stmt.query(ctx, args, use))
}
