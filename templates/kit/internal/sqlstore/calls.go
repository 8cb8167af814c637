package sqlstore

import (
	"sync"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Calls are the calls under way, which closing waits for. Each holds the lock for reading;
// closing takes it for writing, and keeps it.
type Calls struct {
	underWay sync.RWMutex
	closed   sync.Once
}

// Begin must be followed by End, unless it fails.
func (c *Calls) Begin() error {
	if !c.underWay.TryRLock() {
		return kit.Errorf(kit.Unavailable, "the store is closed")
	}
	return nil
}

// End ends a call.
func (c *Calls) End() { c.underWay.RUnlock() }

// Close refuses further calls and waits for those under way.
func (c *Calls) Close() { c.closed.Do(c.underWay.Lock) }

// Counter counts what a store has done with transactions by itself since it was opened.
type Counter struct {
	Repeated atomic.Int64 // run again, for what others changed at the same time or a lost connection
	TimedOut atomic.Int64 // rolled back, since they kept others waiting for too long
}
