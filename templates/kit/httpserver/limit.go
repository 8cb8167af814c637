package httpserver

import (
	"context"
	"sync"
	"time"
)

// limitContext is a context that ends with its parent, or at a time. Its timer starts
// when somebody waits for the end: most requests are answered without.
type limitContext struct {
	parent   context.Context
	deadline time.Time

	mu      sync.Mutex
	awaited context.Context // nil until somebody waits
	cancel  context.CancelFunc
	ended   bool
}

// withLimit returns a context for which end must be called.
func withLimit(parent context.Context, deadline time.Time) *limitContext {
	if earlier, ok := parent.Deadline(); ok && earlier.Before(deadline) {
		deadline = earlier
	}
	return &limitContext{parent: parent, deadline: deadline}
}

// end ends the context, unless it has ended.
func (c *limitContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.cancel != nil {
		c.cancel()
	}
}

// Deadline returns when the context ends.
func (c *limitContext) Deadline() (time.Time, bool) { return c.deadline, true }

// Done returns what is closed when the context ends.
func (c *limitContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.awaited == nil {
		c.awaited, c.cancel = context.WithDeadline(c.parent, c.deadline)
		if c.ended {
			c.cancel()
		}
	}
	return c.awaited.Done()
}

// Err returns why the context has ended, or nil.
func (c *limitContext) Err() error {
	c.mu.Lock()
	awaited, ended := c.awaited, c.ended
	c.mu.Unlock()
	if awaited != nil {
		return awaited.Err()
	}
	if err := c.parent.Err(); err != nil {
		return err
	}
	switch {
	case ended:
		return context.Canceled
	case !time.Now().Before(c.deadline):
		return context.DeadlineExceeded
	}
	return nil
}

// Value returns what the parent has for the key, or how to wait for the end: package
// context asks for that by a key of its own.
func (c *limitContext) Value(key any) any {
	c.mu.Lock()
	awaited := c.awaited
	c.mu.Unlock()
	if awaited != nil {
		return awaited.Value(key)
	}
	return c.parent.Value(key)
}
