package postgresstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"time"

	"github.com/lib/pq"
)

// wireConnector opens connections of the driver, with what it lacks: a limit to
// every wait, statements that are prepared once for each connection, and errors
// that tell whether a statement may have been run.
type wireConnector struct {
	server   *server
	settings map[string]string
	patience time.Duration
	plain    bool // it opens the driver's own connections, if with links
}

// Driver returns the driver beneath.
func (c *wireConnector) Driver() driver.Driver { return &pq.Driver{} }

// Connect opens a connection.
func (c *wireConnector) Connect(ctx context.Context) (driver.Conn, error) {
	beneath, err := pq.NewConnectorConfig(c.server.options(c.settings))
	if err != nil {
		return nil, err
	}
	d := &linkDialer{ctx: ctx, patience: c.patience}
	beneath.Dialer(d)
	conn, err := beneath.Connect(ctx)
	d.opened()
	if err != nil {
		return nil, err
	}
	if c.plain {
		return conn, nil
	}
	return &wireConn{pqConn: conn.(pqConn), from: c, link: d.link, used: time.Now(), stmts: map[string]pqStmt{}}, nil
}

// pqConn is what the driver's connections can do, as far as it is used.
type pqConn interface {
	driver.Conn
	driver.ExecerContext
	driver.ConnPrepareContext
	driver.NamedValueChecker
	driver.SessionResetter
	driver.Validator
}

// pqStmt is what the driver's statements can do, as far as it is used.
type pqStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// wireConn is a connection. Package sql lets one goroutine at a time use it.
type wireConn struct {
	pqConn
	from  *wireConnector
	link  *link
	used  time.Time // when last
	lost  bool
	stmts map[string]pqStmt // by their texts
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

// A connection that was not used for so long is looked at before it is.
const trustedFor = time.Second

// ResetSession has package sql take another connection if this one is lost.
func (c *wireConn) ResetSession(ctx context.Context) error {
	if !c.IsValid() {
		return driver.ErrBadConn
	}
	if time.Since(c.used) > trustedFor || c.used.UnixNano() < c.from.server.doubt.Load() {
		if !c.link.quiet() {
			c.lost = true
			return driver.ErrBadConn
		}
		c.used = time.Now()
	}
	return c.pqConn.ResetSession(ctx)
}

// IsValid reports whether the connection can be used again.
func (c *wireConn) IsValid() bool { return !c.lost && c.pqConn.IsValid() }

// guard limits what follows to the context. end must be called with its error,
// and returns what is to be returned.
func (c *wireConn) guard(ctx context.Context) (end func(error) error) {
	finish := c.link.guard(ctx)
	return func(err error) error {
		sent, broken := finish()
		c.used = time.Now()
		return c.judge(err, sent, broken)
	}
}

// judge tells errors of the connection from those that the server returned. The
// driver's own for the former would have package sql run the statement again,
// although it may have been run: the driver returns it for a lost answer, too.
func (c *wireConn) judge(err error, sent bool, broken error) error {
	switch {
	case err == nil || errors.Is(err, io.EOF) && broken == nil:
		return err
	case broken != nil:
		err = broken
	case c.pqConn.IsValid():
		return err
	}
	c.lost = true
	c.from.server.doubt.Store(time.Now().UnixNano())
	return &lostError{sent: sent, cause: err}
}

// ExecContext runs a statement: as it is, where it has no arguments, and
// otherwise prepared.
func (c *wireConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (result driver.Result, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	end := c.guard(ctx)
	if len(args) == 0 {
		result, err = c.pqConn.ExecContext(ctx, text, args)
		return result, end(err)
	}
	stmt, err := c.prepared(ctx, text)
	if err == nil {
		result, err = stmt.ExecContext(ctx, args)
	}
	return result, c.refresh(text, end(err))
}

// QueryContext runs a statement, prepared.
func (c *wireConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	end := c.guard(limitOf(ctx))
	stmt, err := c.prepared(ctx, text)
	if err != nil {
		return nil, end(err)
	}
	rows, err := stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, c.refresh(text, end(err))
	}
	return &wireRows{Rows: rows, end: end}, nil
}

// prepared returns the statement of the text as prepared on this connection.
func (c *wireConn) prepared(ctx context.Context, text string) (pqStmt, error) {
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
func (c *wireConn) prepare(ctx context.Context, text string) error {
	end := c.guard(ctx)
	_, err := c.prepared(ctx, text)
	return end(err)
}

// staleError tells of a prepared statement that a migration has outdated. It was
// not run, and is prepared anew the next time.
type staleError struct{ cause error }

// Error returns the cause.
func (e *staleError) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e *staleError) Unwrap() error { return e.cause }

func (c *wireConn) refresh(text string, err error) error {
	if isStale(err) {
		delete(c.stmts, text)
		return &staleError{err}
	}
	return err
}

// wireRows is a result. It is guarded until it is closed.
type wireRows struct {
	driver.Rows
	end  func(error) error
	done bool
}

// Next reads a row.
func (r *wireRows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return r.finish(err)
}

// Close reads to the end.
func (r *wireRows) Close() error { return r.finish(r.Rows.Close()) }

func (r *wireRows) finish(err error) error {
	if r.done {
		return err
	}
	r.done = true
	return r.end(err)
}
