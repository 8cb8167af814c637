package postgresstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"
)

// serverConn is a connection of the driver, with what that lacks: waits have limits,
// each statement is prepared once, and errors tell whether a statement may have been run.
// Package sql lets one goroutine at a time use it.
type serverConn struct {
	pqConn
	server  *server
	network *netConn
	used    time.Time         // when last
	stmts   map[string]pqStmt // those that were prepared, by their texts
	useless bool              // the server does not take what the connection is for
}

// pqConn is what the driver's connections can do, as far as it is used.
type pqConn interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
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

// idleCheck is after how long without use a connection is checked before it is used.
const idleCheck = time.Second

// ResetSession has package sql take another connection if this one is lost. It is called
// before each use.
func (c *serverConn) ResetSession(ctx context.Context) error {
	if time.Since(c.used) > idleCheck || c.used.UnixNano() < c.server.doubt.Load() {
		if !c.network.isQuiet() {
			return driver.ErrBadConn
		}
		c.used = time.Now()
	}
	return c.pqConn.ResetSession(ctx)
}

// IsValid reports whether the connection can be used again.
func (c *serverConn) IsValid() bool { return !c.useless && !c.network.isBroken() && c.pqConn.IsValid() }

// ExecContext runs a statement: as it is, where it has no arguments, and
// otherwise prepared.
func (c *serverConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 {
		return c.pqConn.ExecContext(ctx, text, args)
	}
	stmt, err := c.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	result, err := stmt.ExecContext(ctx, args)
	return result, c.forgetStale(text, err)
}

// QueryContext runs a statement, prepared.
func (c *serverConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	stmt, err := c.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, args)
	return rows, c.forgetStale(text, err)
}

// prepared returns the statement of the text as prepared on this connection.
func (c *serverConn) prepared(ctx context.Context, text string) (pqStmt, error) {
	if stmt := c.stmts[text]; stmt != nil {
		return stmt, nil
	}
	if err := c.makeRoom(); err != nil {
		return nil, err
	}
	stmt, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	kept := stmt.(pqStmt)
	c.stmts[text] = kept
	return kept, nil
}

// keptStatements is how many statements a connection keeps: what finds by a filter has a text
// for all that can be asked for together.
const keptStatements = 1000

// makeRoom closes one of the statements if there are as many as are kept.
func (c *serverConn) makeRoom() error {
	if len(c.stmts) < keptStatements {
		return nil
	}
	for text, stmt := range c.stmts {
		delete(c.stmts, text)
		return stmt.Close()
	}
	return nil
}

// forgetStale forgets a prepared statement that is outdated. It was not run, and is
// prepared anew the next time.
func (c *serverConn) forgetStale(text string, err error) error {
	if isStale(err) {
		delete(c.stmts, text)
	}
	return err
}

// work is what is done on a connection. Its context does not end: see onConn.
type work func(ctx context.Context, conn *sql.Conn) error

// onConn does the work. When ctx ends, so does the connection, if the work does not soon:
// see netConn. A lostError says that it was lost.
func onConn(ctx context.Context, conn *sql.Conn, do work) (err error) {
	var c *serverConn
	err = conn.Raw(func(ofDriver any) error {
		c = ofDriver.(*serverConn)
		return nil
	})
	if err != nil {
		return err
	}
	c.network.begin(ctx)
	defer func() { err = c.end(err) }() // also if the work panics
	return do(context.WithoutCancel(ctx), conn)
}

// end ends an operation that has returned err, and tells errors of the connection from
// others. The driver's own for the former, driver.ErrBadConn, also stands for an answer
// that was lost.
func (c *serverConn) end(err error) error {
	sent, networkError := c.network.end()
	c.used = time.Now()
	switch {
	case err == nil:
		return nil
	case isReadOnly(err):
		c.useless = true
		return err
	case networkError != nil:
		err = networkError
	case c.IsValid():
		return err
	}
	c.server.doubt.Store(time.Now().UnixNano())
	return &lostError{sent: sent, cause: err}
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

// execute returns the work to run a text without parameters.
func execute(text string) work {
	return func(ctx context.Context, conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, text)
		return err
	}
}

// rollBack rolls back, or closes the connection, which does the same.
func rollBack(conn *sql.Conn) {
	if err := onConn(context.Background(), conn, execute("ROLLBACK")); err != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // has package sql close it
	}
}
