package postgresstore

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/lib/pq"
)

// connector opens connections for package sql: those of the driver, with what they lack.
type connector struct {
	server   *server
	settings map[string]string
	timeout  time.Duration // of each read and write on the network
	plain    bool          // it opens the driver's own connections, whose reads and writes have timeouts
}

// Driver returns the driver.
func (c *connector) Driver() driver.Driver { return &pq.Driver{} }

// Connect opens a connection.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	ofDriver, err := pq.NewConnectorConfig(c.server.options(c.settings))
	if err != nil {
		return nil, err
	}
	d := &dialer{opening: ctx, timeout: c.timeout}
	ofDriver.Dialer(d)
	conn, err := ofDriver.Connect(ctx)
	d.opened()
	if err != nil {
		return nil, err
	}
	if c.plain {
		return conn, nil
	}
	return &serverConn{pqConn: conn.(pqConn), server: c.server, network: d.conn, used: time.Now(), stmts: map[string]pqStmt{}}, nil
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
