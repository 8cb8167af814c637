package httpserver

import (
	"context"
	"net"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"
)

// admission is a semaphore that limits the requests handled at once, and refuses those
// that would have to wait too long. Changes have a part of the slots: where they wait for
// each other, for a store that makes one at a time or for a lock, reads go on.
type admission struct {
	slots   chan struct{}
	changes chan struct{}
	maxWait time.Duration
}

// lightLoad is more requests than a light load has in flight, and far fewer than the
// hundreds of an overload.
const lightLoad = 16

func newAdmission(slots int, maxWait time.Duration) *admission {
	return &admission{slots: make(chan struct{}, slots), changes: make(chan struct{}, max(1, slots*3/4)), maxWait: maxWait}
}

// acquire reports whether a request that has been waiting since that time is admitted.
// If it is, the caller must call release with the same isChange.
//
// When the CPU is overloaded, requests queue in Go's scheduler, where a semaphore does
// not see them. So acquire calls Gosched once it has a slot, which lets every goroutine
// that is ready run first: slots become scarce, the wait is measured, and late requests
// are refused while that is still cheap. If few slots are taken, a request is late because
// the machine paused, not because of the load, and refusing it would not help.
func (a *admission) acquire(ctx context.Context, isChange bool, since time.Time) bool {
	if isChange && !a.wait(ctx, a.changes) {
		return false
	}
	if !a.wait(ctx, a.slots) {
		if isChange {
			<-a.changes
		}
		return false
	}
	runtime.Gosched()
	if time.Since(since) > a.maxWait && len(a.slots) > min(lightLoad, cap(a.slots)/2) {
		a.release(isChange)
		return false
	}
	return true
}

// wait reports whether it got one of the slots in time.
func (a *admission) wait(ctx context.Context, slots chan struct{}) bool {
	select {
	case slots <- struct{}{}:
		return true
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, a.maxWait)
	defer cancel()
	select {
	case slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (a *admission) release(isChange bool) {
	<-a.slots
	if isChange {
		<-a.changes
	}
}

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
