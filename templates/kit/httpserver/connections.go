package httpserver

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// reserve is how many connections above the limit are still accepted, to answer health
// checks and to refuse other requests with 503.
const reserve = 64

// limitListener counts open connections. Connections above the limit are marked as excess;
// once the reserve is used up as well, new connections are closed at once.
type limitListener struct {
	net.Listener
	limit int64
	open  atomic.Int64
}

// countedConn is an open connection.
type countedConn struct {
	net.Conn
	release func()
	excess  bool // above the limit
}

// Accept returns the next connection that is not closed at once.
func (l *limitListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		n := l.open.Add(1)
		if n > l.limit+reserve {
			l.open.Add(-1)
			_ = c.Close() // nothing was read or written
			continue
		}
		return &countedConn{
			Conn:    c,
			release: sync.OnceFunc(func() { l.open.Add(-1) }),
			excess:  n > l.limit,
		}, nil
	}
}

// Close closes the connection and stops counting it.
func (c *countedConn) Close() error {
	c.release()
	return c.Conn.Close()
}

type excessKey struct{}

// markExcess marks the context of an excess connection.
func markExcess(ctx context.Context, c net.Conn) context.Context {
	if counted, ok := c.(*countedConn); ok && counted.excess {
		return context.WithValue(ctx, excessKey{}, true)
	}
	return ctx
}

func (l *limitListener) isExcess(r *http.Request) bool {
	return l.open.Load() > l.limit && r.Context().Value(excessKey{}) != nil
}
