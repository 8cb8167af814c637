package sqlitestore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/mattn/go-sqlite3"

	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// nativeConn is a connection of the driver. Package sql above it would add nothing
// that is not known here, and cost as much as SQLite itself: it looks for a connection,
// watches each context, and copies by reflection.
type nativeConn struct {
	mu     sync.Mutex // held in each call of the driver, which takes one at a time
	raw    *sqlite3.SQLiteConn
	stmts  []*sqlite3.SQLiteStmt // those that were prepared
	closed bool
}

// openNative opens a connection to what the name says.
func openNative(name string) (*nativeConn, error) {
	conn, err := (&sqlite3.SQLiteDriver{}).Open(name)
	if err != nil {
		return nil, err
	}
	return &nativeConn{raw: conn.(*sqlite3.SQLiteConn)}, nil
}

// Close closes the connection, unless it is closed, and its statements before: SQLite
// would leave the file open for them.
func (c *nativeConn) Close() error {
	if err := c.enter(); err != nil {
		return nil
	}
	defer c.leave()
	c.closed = true
	for _, s := range c.stmts {
		_ = s.Close() // it has told how it ended
	}
	return c.raw.Close()
}

// enter must be followed by leave, unless it fails.
func (c *nativeConn) enter() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return sql.ErrConnDone
	}
	return nil
}

func (c *nativeConn) leave() { c.mu.Unlock() }

// run runs a text that has no parameters.
func (c *nativeConn) run(text string) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	_, err := c.raw.ExecContext(context.Background(), text, nil)
	return err
}

// prepare prepares a statement, which is closed with its connection.
func (c *nativeConn) prepare(text string) (*nativeStmt, error) {
	if err := c.enter(); err != nil {
		return nil, err
	}
	defer c.leave()
	stmt, err := c.raw.Prepare(text)
	if err != nil {
		return nil, err
	}
	s := stmt.(*sqlite3.SQLiteStmt)
	c.stmts = append(c.stmts, s)
	return &nativeStmt{conn: c, stmt: s, params: s.NumInput()}, nil
}

// nativeStmt is a prepared statement of a connection.
type nativeStmt struct {
	conn   *nativeConn
	stmt   *sqlite3.SQLiteStmt
	params int
}

// exec runs the statement to its end, whatever becomes of the caller, and returns how
// many rows it changed.
func (s *nativeStmt) exec(args ...any) (affected int64, err error) {
	values, err := s.values(args)
	if err != nil {
		return 0, err
	}
	if err := s.conn.enter(); err != nil {
		return 0, err
	}
	defer s.conn.leave()
	result, err := s.stmt.ExecContext(context.Background(), values)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query runs the statement and passes its result to use.
func (s *nativeStmt) query(ctx context.Context, args []any, use func(*nativeRows) error) error {
	values, err := s.values(args)
	if err != nil {
		return err
	}
	rows, err := s.begin(ctx, values)
	if err != nil {
		return err
	}
	defer rows.close()
	if err := use(rows); err != nil {
		return err
	}
	return rows.err
}

func (s *nativeStmt) begin(ctx context.Context, values []driver.NamedValue) (*nativeRows, error) {
	if err := s.conn.enter(); err != nil {
		return nil, err
	}
	defer s.conn.leave()
	rows, err := s.stmt.QueryContext(ctx, values)
	if err != nil {
		return nil, err
	}
	return &nativeRows{conn: s.conn, rows: rows, row: make([]driver.Value, len(rows.Columns()))}, nil
}

// values returns the arguments as the driver takes them.
func (s *nativeStmt) values(args []any) ([]driver.NamedValue, error) {
	if len(args) != s.params {
		return nil, fmt.Errorf("the statement has %d parameters, but was given %d arguments", s.params, len(args))
	}
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		v, err := encoding.Value(arg)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return values, nil
}

// nativeRows is a result that is read row by row.
type nativeRows struct {
	conn *nativeConn
	rows driver.Rows
	row  []driver.Value
	err  error
}

// next reads the next row, and reports whether there is one.
func (r *nativeRows) next() bool {
	if r.err = r.conn.enter(); r.err != nil {
		return false
	}
	defer r.conn.leave()
	err := r.rows.Next(r.row)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return err == nil
}

// close ends the statement.
func (r *nativeRows) close() {
	if r.conn.enter() == nil {
		defer r.conn.leave()
		_ = r.rows.Close() // what could go wrong has been told
	}
}

// Scan copies the columns of the row to what dest points to.
func (r *nativeRows) Scan(dest ...any) error {
	if len(dest) != len(r.row) {
		return fmt.Errorf("cannot scan a row of %d columns into %d variables", len(r.row), len(dest))
	}
	for i, to := range dest {
		if err := sqlstore.Assign(to, r.row[i]); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}
