package postgresstore

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// netConn is a network connection on which nothing waits for ever: each read and write
// has a timeout, and an operation, such as a statement, has a deadline once its context
// has ended. The driver would ask the server, over another connection, to cancel the
// statement, and wait for the answer of one that is frozen for as long as TCP does.
type netConn struct {
	net.Conn
	timeout time.Duration // of each read and write

	mu       sync.Mutex // guards what follows
	deadline time.Time  // of the operation under way, and of the driver; zero is none
	current  *operation // the one under way, or nil
	err      error      // the first error of the network
}

// cancelGrace is how long an operation may go on after its context has ended. Most end
// before, and so do not cost a connection each time that a caller goes away.
const cancelGrace = 500 * time.Millisecond

// Read reads, within the timeout and the deadline.
func (c *netConn) Read(b []byte) (int, error) {
	if err := c.limit(c.SetReadDeadline); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(b)
	return n, c.note(false, err)
}

// Write writes, within the timeout and the deadline.
func (c *netConn) Write(b []byte) (int, error) {
	if err := c.limit(c.SetWriteDeadline); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(b)
	return n, c.note(n > 0, err)
}

// SetDeadline sets the deadline, which reads and writes keep besides the timeout.
func (c *netConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	return c.Conn.SetDeadline(t)
}

// limit sets the deadline of the next read or write.
func (c *netConn) limit(set func(time.Time) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	limit := time.Now().Add(c.timeout)
	if !c.deadline.IsZero() && c.deadline.Before(limit) {
		limit = c.deadline
	}
	return set(limit)
}

func (c *netConn) note(sent bool, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if sent && c.current != nil {
		c.current.sent = true
	}
	if err != nil && c.err == nil {
		c.err = err
	}
	return err
}

// operation is what is done on a connection for one context.
type operation struct {
	conn *netConn
	sent bool // something, to the server
	stop func() bool
}

// begin begins an operation, which must be ended.
func (c *netConn) begin(ctx context.Context) *operation {
	op := &operation{conn: c}
	c.mu.Lock()
	c.current = op
	c.mu.Unlock()
	if ctx.Done() != nil {
		op.stop = context.AfterFunc(ctx, op.expire)
	}
	return op
}

// expire gives the operation its deadline, if it is still under way.
func (op *operation) expire() {
	c := op.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	deadline := time.Now().Add(cancelGrace)
	if c.current == op && (c.deadline.IsZero() || deadline.Before(c.deadline)) {
		c.deadline = deadline
		_ = c.Conn.SetDeadline(deadline) // fails only where the connection is closed
	}
}

// end ends the operation. It reports whether anything was sent, and the first error of
// the network.
func (op *operation) end() (sent bool, err error) {
	if op.stop != nil {
		op.stop()
	}
	c := op.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current, c.deadline = nil, time.Time{}
	return op.sent, c.err
}

// isQuiet reports whether the connection is open and has nothing to read, as it should
// while nobody uses it: a server that shuts down says so, or closes it. What is not quiet
// cannot be used further.
func (c *netConn) isQuiet() bool {
	if c.networkError() != nil || c.SetReadDeadline(time.Now().Add(200*time.Microsecond)) != nil {
		return false
	}
	n, err := c.Conn.Read(make([]byte, 1))
	return n == 0 && errors.Is(err, os.ErrDeadlineExceeded)
}

func (c *netConn) networkError() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// dialer opens the network connection of one connection of the driver.
type dialer struct {
	opening context.Context // of the connection of the driver, which does not pass it on
	timeout time.Duration
	conn    *netConn
	op      *operation // the opening
}

// Dial is there for the driver, which calls DialContext.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(d.opening, network, address)
}

// DialTimeout is there for the driver, which calls DialContext.
func (d *dialer) DialTimeout(network, address string, _ time.Duration) (net.Conn, error) {
	return d.DialContext(d.opening, network, address)
}

// DialContext opens a network connection.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.opened() // with an address before, which the driver gave up
	d.conn = &netConn{Conn: c, timeout: d.timeout}
	d.op = d.conn.begin(d.opening)
	return d.conn, nil
}

// opened must be called when the driver has opened its connection, or could not.
func (d *dialer) opened() {
	if d.op != nil {
		_, _ = d.op.end() // the driver has returned what went wrong
	}
}
