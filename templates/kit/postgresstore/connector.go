package postgresstore

import (
	"context"
	"database/sql/driver"
	"net"
	"time"

	"github.com/lib/pq"
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
