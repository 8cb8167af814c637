package sqlitestore

import (
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// claims are the messages of the outbox that this process has claimed.
//
// They go by seq, which on SQLite rises with every commit: changes are made one
// after another, so that none with a lower seq can appear later, and no seq is
// used twice.
type claims struct {
	mu     sync.Mutex // guards what follows, and is held to claim
	of     map[kit.UUID]claim
	cursor int64     // every message up to it is claimed or gone
	expiry time.Time // no lease ends before
}

// claim stays until the message is done, also when it has ended.
type claim struct {
	seq   int64
	until time.Time // the end of the lease; zero if the message was released
}

// hasEnded reports whether the message can be claimed again.
func (c claim) hasEnded(now time.Time) bool { return !now.Before(c.until) }

// expire moves the cursor before the messages whose lease has ended.
func (c *claims) expire(now time.Time) {
	if now.Before(c.expiry) {
		return
	}
	c.expiry = now.Add(time.Hour)
	for _, claim := range c.of {
		if claim.hasEnded(now) {
			c.cursor = min(c.cursor, claim.seq-1)
		} else {
			c.expireBy(claim.until)
		}
	}
}

// expireBy has claims looked through at the time at the latest.
func (c *claims) expireBy(t time.Time) {
	if t.Before(c.expiry) {
		c.expiry = t
	}
}

// seqs returns where those of the messages are that were claimed and not released.
func (c *claims) seqs(ids []kit.UUID) []int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	seqs := make([]int64, 0, len(ids))
	for _, id := range ids {
		if claim, ok := c.of[id]; ok && !claim.until.IsZero() {
			seqs = append(seqs, claim.seq)
		}
	}
	return seqs
}

// forget drops the claims of messages that are gone.
func (c *claims) forget(ids []kit.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		delete(c.of, id)
	}
}

// release ends claims, and reports whether there were any.
func (c *claims) release(ids []kit.UUID) (released bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		if claim, ok := c.of[id]; ok {
			claim.until = time.Time{}
			c.of[id] = claim
			c.cursor = min(c.cursor, claim.seq-1)
			released = true
		}
	}
	return released
}
