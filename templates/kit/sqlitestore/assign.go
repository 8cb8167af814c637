package sqlitestore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
)

// assignValue copies a value to what dest points to, as package sql does. What derived
// statements have is copied at once.
func assignValue(dest any, src driver.Value) error {
	switch to := dest.(type) {
	case sql.Scanner:
		return to.Scan(src)
	case *string:
		return assignAs(to, dest, src)
	case *int64:
		return assignAs(to, dest, src)
	case *float64:
		return assignAs(to, dest, src)
	case *bool:
		if n, ok := src.(int64); ok && n>>1 == 0 {
			*to = n == 1
			return nil
		}
	case *[]byte:
		return assignAs(to, dest, src) // it is not used again by the driver
	case **string:
		return assignOptional(to, dest, src)
	case **int64:
		return assignOptional(to, dest, src)
	case **float64:
		return assignOptional(to, dest, src)
	}
	return convertValue(dest, src)
}

func assignAs[T any](to *T, dest any, src driver.Value) error {
	if v, ok := src.(T); ok {
		*to = v
		return nil
	}
	return convertValue(dest, src)
}

func assignOptional[T any](to **T, dest any, src driver.Value) error {
	if v, ok := src.(T); ok {
		*to = &v
		return nil
	}
	return convertValue(dest, src)
}

// convertValue has package sql copy a value. It only does so on the way out of a database:
// this one returns what it is asked for.
func convertValue(dest any, src driver.Value) error {
	return echoDB.QueryRow("", src).Scan(dest) //nolint:noctx // nothing waits
}

var echoDB = sql.OpenDB(echoDriver{})

// echoDriver makes connections that return the arguments of a query as its only row.
type echoDriver struct{}

func (d echoDriver) Connect(context.Context) (driver.Conn, error) { return echoConn{}, nil }
func (d echoDriver) Driver() driver.Driver                        { return d }
func (d echoDriver) Open(string) (driver.Conn, error)             { return echoConn{}, nil }

type echoConn struct{}

var errEcho = errors.New("there is nothing but queries")

func (echoConn) Prepare(string) (driver.Stmt, error) { return nil, errEcho }
func (echoConn) Begin() (driver.Tx, error)           { return nil, errEcho }
func (echoConn) Close() error                        { return nil }

func (echoConn) QueryContext(_ context.Context, _ string, args []driver.NamedValue) (driver.Rows, error) {
	return &echoRows{args: args}, nil
}

type echoRows struct {
	args []driver.NamedValue
	done bool
}

func (r *echoRows) Columns() []string { return make([]string, len(r.args)) }
func (r *echoRows) Close() error      { return nil }

func (r *echoRows) Next(dest []driver.Value) error {
	if r.done {
		return io.EOF
	}
	for i, arg := range r.args {
		dest[i] = arg.Value
	}
	r.done = true
	return nil
}
