package sqlitestore

import (
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// claimLedger remembers which messages of the outbox are claimed.
//
// It goes by seq, which on SQLite rises with every commit: changes are made one
// after another, so that none with a lower seq can appear later, and no seq is
// used twice.
type claimLedger struct {
	mu     sync.Mutex // guards what follows, and is held to claim
	claims map[kit.UUID]*outboxClaim
	cursor int64     // every message up to it is claimed or gone
	expiry time.Time // no claim ends before; zero if there is none
}

// outboxClaim stays until the message is done, also while it is free.
type outboxClaim struct {
	seq   int64
	until time.Time
	free  bool // released, or its lease has ended
}

func newClaimLedger() *claimLedger {
	return &claimLedger{claims: map[kit.UUID]*outboxClaim{}}
}

// expire frees the claims whose lease has ended.
func (l *claimLedger) expire(now time.Time) {
	if l.expiry.IsZero() || now.Before(l.expiry) {
		return
	}
	l.expiry = time.Time{}
	for _, c := range l.claims {
		switch {
		case c.free:
		case !now.Before(c.until):
			l.unclaim(c)
		default:
			l.expireBy(c.until)
		}
	}
}

// expireBy has claims looked through at the time at the latest.
func (l *claimLedger) expireBy(t time.Time) {
	if l.expiry.IsZero() || t.Before(l.expiry) {
		l.expiry = t
	}
}

func (l *claimLedger) unclaim(c *outboxClaim) {
	c.free = true
	l.cursor = min(l.cursor, c.seq-1)
}

// isTwin reports whether there is a claim of another message of the same ID.
func (l *claimLedger) isTwin(seq int64, id kit.UUID) bool {
	c := l.claims[id]
	return c != nil && c.seq != seq
}

// claim claims a message, and reports whether it was free.
func (l *claimLedger) claim(seq int64, id kit.UUID, until time.Time) bool {
	if c := l.claims[id]; c != nil && !c.free {
		return false
	}
	l.claims[id] = &outboxClaim{seq: seq, until: until}
	l.expireBy(until)
	return true
}

// seqs returns where the claimed ones of the messages are.
func (l *claimLedger) seqs(ids []kit.UUID) []int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	seqs := make([]int64, 0, len(ids))
	for _, id := range ids {
		if c := l.claims[id]; c != nil {
			seqs = append(seqs, c.seq)
		}
	}
	return seqs
}

// forget drops the claims of messages that are gone.
func (l *claimLedger) forget(ids []kit.UUID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		delete(l.claims, id)
	}
}

// release frees claims, and reports whether there were any. The ledger must be locked.
func (l *claimLedger) release(ids []kit.UUID) bool {
	released := false
	for _, id := range ids {
		if c := l.claims[id]; c != nil && !c.free {
			l.unclaim(c)
			released = true
		}
	}
	return released
}
