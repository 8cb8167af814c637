package httpserver

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
)

// reserve is how many connections above the limit are still accepted, to serve the server's
// own pages and to refuse other requests with 503.
const reserve = 64

// connections counts open connections. Connections above the limit are marked as excess;
// once the reserve is used up as well, new connections are closed at once.
type connections struct {
	limit int64
	open  atomic.Int64
}

type excessKey struct{}

// opened counts a new connection, and returns the context of its requests.
func (c *connections) opened(ctx context.Context, conn net.Conn) context.Context {
	n := c.open.Add(1)
	if n > c.limit+reserve {
		_ = conn.Close() // nothing was read or written
	}
	return context.WithValue(ctx, excessKey{}, n > c.limit)
}

// changed stops counting a connection that is closed, or that a handler has taken over.
func (c *connections) changed(_ net.Conn, state http.ConnState) {
	if state == http.StateClosed || state == http.StateHijacked {
		c.open.Add(-1)
	}
}

func (c *connections) isExcess(r *Request) bool {
	return r.Context().Value(excessKey{}) == true && c.open.Load() > c.limit
}
