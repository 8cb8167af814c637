package postgresstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"time"
)

// serverConn is a connection of the driver, with what that lacks: waits have limits,
// each statement is prepared once, and errors tell whether a statement may have been run.
// Package sql lets one goroutine at a time use it.
type serverConn struct {
	pqConn
	server  *server
	network *netConn
	used    time.Time // when last
	lost    bool
	stmts   map[string]pqStmt // those that were prepared, by their texts
}

// lostError tells of a connection that is lost, or on which nothing came in time.
type lostError struct {
	sent  bool // the statement may have been run
	cause error
}

// Error returns the cause.
func (e *lostError) Error() string { return "the connection is lost: " + e.cause.Error() }

// Unwrap returns the cause.
func (e *lostError) Unwrap() error { return e.cause }

// staleError tells of a prepared statement that a migration has outdated. It was
// not run, and is prepared anew the next time.
type staleError struct{ cause error }

// Error returns the cause.
func (e *staleError) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e *staleError) Unwrap() error { return e.cause }

// idleCheck is after how long without use a connection is checked before it is used.
const idleCheck = time.Second

// ResetSession has package sql take another connection if this one is lost. It is called
// before each use.
func (c *serverConn) ResetSession(ctx context.Context) error {
	if !c.IsValid() {
		return driver.ErrBadConn
	}
	if time.Since(c.used) > idleCheck || c.used.UnixNano() < c.server.doubt.Load() {
		if !c.network.isQuiet() {
			c.lost = true
			return driver.ErrBadConn
		}
		c.used = time.Now()
	}
	return c.pqConn.ResetSession(ctx)
}

// IsValid reports whether the connection can be used again.
func (c *serverConn) IsValid() bool { return !c.lost && c.pqConn.IsValid() }

// ExecContext runs a statement: as it is, where it has no arguments, and
// otherwise prepared.
func (c *serverConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (result driver.Result, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	op := c.network.begin(ctx)
	ctx = context.WithoutCancel(ctx) // op sees to its end
	if len(args) == 0 {
		result, err = c.pqConn.ExecContext(ctx, text, args)
		return result, c.end(op, err)
	}
	stmt, err := c.prepared(ctx, text)
	if err == nil {
		result, err = stmt.ExecContext(ctx, args)
	}
	return result, c.forgetStale(text, c.end(op, err))
}

// QueryContext runs a statement, prepared.
func (c *serverConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	op := c.network.begin(limitOf(ctx))
	ctx = context.WithoutCancel(ctx) // op sees to its end
	stmt, err := c.prepared(ctx, text)
	if err != nil {
		return nil, c.end(op, err)
	}
	rows, err := stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, c.forgetStale(text, c.end(op, err))
	}
	return &serverRows{Rows: rows, conn: c, op: op}, nil
}

// toTheEnd is a context without an end, so that package sql reads a result to the end;
// that of the context within ends the operation on the connection instead.
type toTheEnd struct{ context.Context }

// Done returns nil.
func (toTheEnd) Done() <-chan struct{} { return nil }

// limitOf returns the context within.
func limitOf(ctx context.Context) context.Context {
	if t, ok := ctx.(toTheEnd); ok {
		return t.Context
	}
	return ctx
}

// prepared returns the statement of the text as prepared on this connection.
func (c *serverConn) prepared(ctx context.Context, text string) (pqStmt, error) {
	if stmt := c.stmts[text]; stmt != nil {
		return stmt, nil
	}
	stmt, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	kept := stmt.(pqStmt)
	c.stmts[text] = kept
	return kept, nil
}

// prepare prepares the statement of the text, unless it is.
func (c *serverConn) prepare(ctx context.Context, text string) error {
	op := c.network.begin(ctx)
	_, err := c.prepared(context.WithoutCancel(ctx), text)
	return c.end(op, err)
}

// end ends an operation that has returned err, and returns what is to be returned.
func (c *serverConn) end(op *operation, err error) error {
	sent, networkError := op.end()
	c.used = time.Now()
	return c.tell(err, sent, networkError)
}

// tell tells errors of the connection from those that the server returned. The
// driver's own for the former, driver.ErrBadConn, would have package sql run the
// statement again, although it may have been run: it stands for a lost answer, too.
func (c *serverConn) tell(err error, sent bool, networkError error) error {
	switch {
	case err == nil || errors.Is(err, io.EOF) && networkError == nil:
		return err
	case networkError != nil:
		err = networkError
	case c.pqConn.IsValid():
		return err
	}
	c.lost = true
	c.server.doubt.Store(time.Now().UnixNano())
	return &lostError{sent: sent, cause: err}
}

// forgetStale forgets a prepared statement that is outdated.
func (c *serverConn) forgetStale(text string, err error) error {
	if isStale(err) {
		delete(c.stmts, text)
		return &staleError{err}
	}
	return err
}

// serverRows is a result. Its operation ends when it is closed.
type serverRows struct {
	driver.Rows
	conn   *serverConn
	op     *operation
	closed bool
}

// Next reads a row.
func (r *serverRows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return r.end(err)
}

// Close reads to the end.
func (r *serverRows) Close() error { return r.end(r.Rows.Close()) }

func (r *serverRows) end(err error) error {
	if r.closed {
		return err
	}
	r.closed = true
	return r.conn.end(r.op, err)
}
