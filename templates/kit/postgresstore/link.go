package postgresstore

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// link is a network connection on which nothing waits for ever. The driver looks
// at a context only to ask the server, over another connection, to cancel: a
// server that is frozen would keep it waiting for as long as TCP does.
type link struct {
	net.Conn
	patience time.Duration // the longest that a read or a write may take

	mu    sync.Mutex
	limit time.Time // no read or write goes on after it; zero is no limit
	use   int       // how often it has been used: a late guard must not hit the next use
	sent  int64     // bytes, since the use began
	err   error     // the first of the network

	ahead []byte // a byte that was read to see whether there is one; of whoever reads
}

// How long a server has to answer that it has cancelled a statement, after the
// context of it has ended.
const cancelGrace = 500 * time.Millisecond

// Read reads, no longer than its patience and its limit allow.
func (l *link) Read(b []byte) (int, error) {
	if len(l.ahead) > 0 && len(b) > 0 {
		n := copy(b, l.ahead)
		l.ahead = l.ahead[n:]
		return n, nil
	}
	if err := l.arm(l.SetReadDeadline); err != nil {
		return 0, err
	}
	n, err := l.Conn.Read(b)
	return n, l.note(0, err)
}

// Write writes, no longer than its patience and its limit allow.
func (l *link) Write(b []byte) (int, error) {
	if err := l.arm(l.SetWriteDeadline); err != nil {
		return 0, err
	}
	n, err := l.Conn.Write(b)
	return n, l.note(n, err)
}

// SetDeadline sets the limit, which reads and writes keep besides their patience.
func (l *link) SetDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit = t
	return l.Conn.SetDeadline(t)
}

func (l *link) arm(set func(time.Time) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	deadline := time.Now().Add(l.patience)
	if !l.limit.IsZero() && l.limit.Before(deadline) {
		deadline = l.limit
	}
	return set(deadline)
}

func (l *link) note(written int, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent += int64(written)
	if err != nil && l.err == nil {
		l.err = err
	}
	return err
}

// guard limits what is done on the link until end is called to the context, plus
// the grace. end reports whether anything was sent, and what went wrong.
func (l *link) guard(ctx context.Context) (end func() (sent bool, err error)) {
	l.mu.Lock()
	l.use++
	l.sent = 0
	use := l.use
	l.mu.Unlock()
	stop := func() bool { return true }
	if ctx.Done() != nil {
		stop = context.AfterFunc(ctx, func() { l.limitUse(use, time.Now().Add(cancelGrace)) })
	}
	return func() (bool, error) {
		stop()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.use++
		l.limit = time.Time{}
		return l.sent > 0, l.err
	}
}

// limitUse sets the limit, if the use is still the same.
func (l *link) limitUse(use int, limit time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.use == use && (l.limit.IsZero() || limit.Before(l.limit)) {
		l.limit = limit
		_ = l.Conn.SetDeadline(limit) // fails only where the connection is closed
	}
}

// quiet reports whether the link is open and has nothing to read, as it should
// while nobody uses it: a server that goes says so, or closes it.
func (l *link) quiet() bool {
	return !l.await(context.Background(), 200*time.Microsecond) && l.broken() == nil
}

// await waits for something to read, no longer than d, and reports whether it came.
func (l *link) await(ctx context.Context, d time.Duration) bool {
	if len(l.ahead) > 0 {
		return true
	}
	if l.broken() != nil || l.SetReadDeadline(time.Now().Add(d)) != nil {
		return false
	}
	defer context.AfterFunc(ctx, func() {
		_ = l.SetReadDeadline(time.Now()) // fails only where the connection is closed
	})()
	b := make([]byte, 1)
	n, err := l.Conn.Read(b)
	l.ahead = b[:n]
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		_ = l.note(0, err) // for whoever uses it next
	}
	return n > 0
}

func (l *link) broken() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// linkDialer opens the link of one connection, and afterwards the brief ones by
// which the driver asks to cancel its statements.
type linkDialer struct {
	patience time.Duration

	mu     sync.Mutex
	ctx    context.Context // of the opening, which the driver does not pass on; nil after it
	link   *link
	finish func() (bool, error)
}

// Dial is there for the driver, which calls DialContext.
func (d *linkDialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialTimeout is there for the driver, which calls DialContext.
func (d *linkDialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// DialContext opens a link.
func (d *linkDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx == nil {
		ctx, cancel := context.WithTimeout(ctx, cancelGrace)
		defer cancel()
		return dialLink(ctx, network, address, cancelGrace)
	}
	l, err := dialLink(ctx, network, address, d.patience)
	if err != nil {
		return nil, err
	}
	d.link, d.finish = l, l.guard(d.ctx)
	return l, nil
}

// opened must be called when the connection is made, or could not be.
func (d *linkDialer) opened() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ctx = nil
	if d.finish != nil {
		_, _ = d.finish() // the driver has told what went wrong
	}
}

func dialLink(ctx context.Context, network, address string, patience time.Duration) (*link, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &link{Conn: c, patience: patience}, nil
}
