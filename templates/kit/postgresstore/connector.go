package postgresstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"time"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// connector opens connections for package sql: those of the driver, with what they lack.
type connector struct {
	server   *server
	settings map[string]string
	timeout  time.Duration // of each read and write on the network
	plain    bool          // it sets nothing: the session may be one that others share
}

// Driver returns the driver.
func (c *connector) Driver() driver.Driver { return &pq.Driver{} }

// Connect opens a connection.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	ofDriver, err := pq.NewConnectorConfig(c.server.options())
	if err != nil {
		return nil, err
	}
	d := &dialer{opening: ctx, timeout: c.timeout}
	ofDriver.Dialer(d)
	conn, err := ofDriver.Connect(ctx)
	if err != nil {
		d.endLast()
		return nil, err
	}
	opened := &serverConn{
		pqConn: conn.(pqConn), server: c.server, network: d.last, used: time.Now(), stmts: map[string]pqStmt{},
	}
	if !c.plain {
		err = opened.begin(context.WithoutCancel(ctx), c.server.settings(c.settings)) // the network has the deadline
	}
	d.endLast()
	if err != nil {
		_ = opened.Close() // the reason is err
		return nil, err
	}
	return opened, nil
}

// dialer opens the network connection of one connection of the driver.
type dialer struct {
	pq.Dialer // nil: the driver calls nothing but DialContext

	opening context.Context // of the connection of the driver, which does not pass it on
	timeout time.Duration
	last    *netConn
}

// DialContext opens a network connection, and begins an operation on it.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d.endLast() // with an address before, which the driver gave up
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.last = &netConn{Conn: c, timeout: d.timeout}
	d.last.begin(d.opening)
	return d.last, nil
}

// endLast ends the operation on the last network connection.
func (d *dialer) endLast() {
	if d.last != nil {
		_, _ = d.last.end() // the driver has returned what went wrong
	}
}

// pool returns a pool of at most as many connections, each with the settings beside
// those that all have.
func (s *server) pool(connections int, settings map[string]string) *sql.DB {
	h := sql.OpenDB(&connector{server: s, settings: settings, timeout: s.StatementTimeout + answerMargin})
	h.SetMaxOpenConns(connections)
	h.SetMaxIdleConns(connections)
	h.SetConnMaxIdleTime(5 * time.Minute)
	h.SetConnMaxLifetime(time.Hour) // so that connections move to a server that came back
	return h
}

// take waits for a connection of the pool, which must be closed.
func (s *server) take(ctx context.Context, from *sql.DB) (*sql.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, s.StatementTimeout)
	defer cancel()
	conn, err := from.Conn(waiting)
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, withCode(errors.Join(ctx.Err(), err))
	case waiting.Err() != nil:
		return nil, kit.Wrap(kit.Unavailable, err, "no connection to the store became free in time")
	default:
		return nil, kit.Wrap(kit.Unavailable, err, "the store cannot be reached")
	}
}

// with does the work on a connection of the pool.
func (db *DB) with(ctx context.Context, from *sql.DB, do work) error {
	if err := db.inFlight.Begin(); err != nil {
		return err
	}
	defer db.inFlight.End()
	conn, err := db.server.take(ctx, from)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // it goes back to the pool
	return withContext(ctx, onConn(ctx, conn, do))
}
