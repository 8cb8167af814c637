package postgresstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// connPool is connections that are used in turn.
type connPool struct {
	*sql.DB
	places  chan struct{} // as many as there are connections, so that package sql never has anybody wait
	timeout time.Duration // how long to wait for a place
}

// pool returns a pool of at most as many connections, each with the settings beside
// those that all have.
func (s *server) pool(connections int, settings map[string]string) *connPool {
	h := sql.OpenDB(&connector{server: s, settings: settings, timeout: s.StatementTimeout + answerMargin})
	h.SetMaxIdleConns(connections)
	h.SetConnMaxIdleTime(5 * time.Minute)
	h.SetConnMaxLifetime(time.Hour) // so that connections move to a server that came back
	return newPool(h, connections, s.StatementTimeout)
}

func newPool(h *sql.DB, connections int, timeout time.Duration) *connPool {
	h.SetMaxOpenConns(connections)
	return &connPool{DB: h, places: make(chan struct{}, connections), timeout: timeout}
}

// take waits for a connection, which must be closed.
func (p *connPool) take(ctx context.Context) (*pooledConn, error) {
	if err := p.enter(ctx); err != nil {
		return nil, err
	}
	conn, err := p.Conn(ctx)
	switch {
	case err == nil:
		return &pooledConn{conn, p}, nil
	case ctx.Err() != nil:
		err = withCode(errors.Join(ctx.Err(), err))
	default:
		err = kit.Wrap(kit.Unavailable, err, "the store cannot be reached")
	}
	p.leave()
	return nil, err
}

// enter waits for a place. Timers and contexts of their own cost more than what they
// limit, so that there are none where nothing is to be waited for.
func (p *connPool) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return withCode(err)
	}
	select {
	case p.places <- struct{}{}:
		return nil
	default:
	}
	late := time.NewTimer(p.timeout)
	defer late.Stop()
	select {
	case p.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return withCode(ctx.Err())
	case <-late.C:
		return kit.Errorf(kit.Unavailable, "no connection to the store became free in time")
	}
}

func (p *connPool) leave() { <-p.places }

// pooledConn is a connection that has a place in its pool.
type pooledConn struct {
	*sql.Conn
	pool *connPool
}

// Close gives the connection back.
func (c *pooledConn) Close() error {
	defer c.pool.leave()
	return c.Conn.Close()
}
