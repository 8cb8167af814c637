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

	mu        sync.Mutex  // guards what follows
	deadline  time.Time   // of the operation under way, and of the driver; zero is none
	operation int         // the number of the one under way
	stop      func() bool // ends the wait for the end of its context
	sent      bool        // it has sent something
	err       error       // the first error of the network
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
	c.sent = c.sent || sent
	if c.err == nil {
		c.err = err
	}
	return err
}

// begin begins an operation for a context. It must be ended before another one.
func (c *netConn) begin(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.operation++
	this := c.operation
	c.sent = false
	c.stop = context.AfterFunc(ctx, func() { c.expire(this) })
}

// expire gives an operation its deadline, if it is still under way.
func (c *netConn) expire(operation int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	deadline := time.Now().Add(cancelGrace)
	if c.operation == operation && (c.deadline.IsZero() || deadline.Before(c.deadline)) {
		c.deadline = deadline
		_ = c.Conn.SetDeadline(deadline) // fails only where the connection is closed
	}
}

// end ends the operation. It reports whether anything was sent, and the first error of
// the network.
func (c *netConn) end() (sent bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stop()
	c.operation++ // if its context has just ended, that is too late
	c.deadline = time.Time{}
	return c.sent, c.err
}

// isQuiet reports whether the connection is open and has nothing to read, as it should
// while nobody uses it: a server that shuts down says so, or closes it. What is not quiet
// cannot be used further.
func (c *netConn) isQuiet() bool {
	if c.isBroken() || c.SetReadDeadline(time.Now().Add(200*time.Microsecond)) != nil {
		return false
	}
	n, err := c.Conn.Read(make([]byte, 1))
	return n == 0 && errors.Is(err, os.ErrDeadlineExceeded)
}

func (c *netConn) isBroken() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err != nil
}
