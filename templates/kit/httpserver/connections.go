package httpserver

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// reserve is how many connections beyond the limit are still accepted: enough
// to answer health checks and to tell others that there is no room.
const reserve = 64

// doorkeeper counts connections as they come and go. Those above the limit are
// told apart, those above the reserve too are closed at once.
type doorkeeper struct {
	net.Listener
	limit int64
	open  atomic.Int64
}

// doorConn is a connection that is counted.
type doorConn struct {
	net.Conn
	leave  func()
	excess bool // it is above the limit
}

// Accept returns the next connection that there is room for.
func (d *doorkeeper) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		n := d.open.Add(1)
		if n > d.limit+reserve {
			d.open.Add(-1)
			_ = c.Close() // it was never begun
			continue
		}
		return &doorConn{
			Conn:   c,
			leave:  sync.OnceFunc(func() { d.open.Add(-1) }),
			excess: n > d.limit,
		}, nil
	}
}

// Close closes the connection and gives its place back.
func (c *doorConn) Close() error {
	c.leave()
	return c.Conn.Close()
}

type excessKey struct{}

// markExcess lets requests know that their connection is above the limit.
func markExcess(ctx context.Context, c net.Conn) context.Context {
	if door, ok := c.(*doorConn); ok && door.excess {
		return context.WithValue(ctx, excessKey{}, true)
	}
	return ctx
}

func (d *doorkeeper) isExcess(r *http.Request) bool {
	return d.open.Load() > d.limit && r.Context().Value(excessKey{}) != nil
}
