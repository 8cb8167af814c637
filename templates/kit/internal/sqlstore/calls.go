package sqlstore

import (
	"sync"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Calls counts the calls under way, so that closing waits for them.
type Calls struct {
	mu       sync.Mutex
	closed   bool
	underWay sync.WaitGroup
}

// Begin must be followed by End, unless it fails.
func (c *Calls) Begin() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return kit.Errorf(kit.Unavailable, "the store is closed")
	}
	c.underWay.Add(1)
	return nil
}

// End ends a call.
func (c *Calls) End() { c.underWay.Done() }

// Close refuses further calls and waits for those under way.
func (c *Calls) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.underWay.Wait()
}

// Counter counts what a store has done with transactions by itself since it was opened.
type Counter struct {
	Repeated atomic.Int64 // run again, for what others changed at the same time or a lost connection
	TimedOut atomic.Int64 // rolled back, since they kept others waiting for too long
}
