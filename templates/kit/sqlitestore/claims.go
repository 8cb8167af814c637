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
	mu     sync.Mutex
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

// claimBatch is what one call claims, in the order of seq.
type claimBatch struct {
	ledger *claimLedger
	after  int64 // read the messages with a greater seq
	until  time.Time
	ids    []kit.UUID
	fresh  []bool // whether there was no claim of the message before
	last   int64
	twin   bool // a message was passed over that has to wait for one of the same ID
}

// begin frees the claims whose lease has ended and begins a batch. The ledger
// must stay locked until the batch is kept or cancelled.
func (l *claimLedger) begin(now time.Time, lease time.Duration) *claimBatch {
	if !l.expiry.IsZero() && !now.Before(l.expiry) {
		l.expire(now)
	}
	return &claimBatch{ledger: l, after: l.cursor, last: l.cursor, until: now.Add(lease)}
}

func (l *claimLedger) expire(now time.Time) {
	l.expiry = time.Time{}
	for _, c := range l.claims {
		switch {
		case c.free:
		case !now.Before(c.until):
			l.unclaim(c)
		case l.expiry.IsZero() || c.until.Before(l.expiry):
			l.expiry = c.until
		}
	}
}

func (l *claimLedger) unclaim(c *outboxClaim) {
	c.free = true
	l.cursor = min(l.cursor, c.seq-1)
}

// add claims a message, unless it is claimed already. One that is replayed for
// a group while the original is still on its way has the ID of the original,
// and must wait for it: Done could not tell them apart.
func (b *claimBatch) add(seq int64, id kit.UUID) bool {
	c, known := b.ledger.claims[id]
	if known && c.seq != seq {
		b.twin = true
		return false
	}
	if !b.twin {
		b.last = seq
	}
	if known && !c.free {
		return false
	}
	b.ledger.claims[id] = &outboxClaim{seq: seq, until: b.until}
	b.ids = append(b.ids, id)
	b.fresh = append(b.fresh, !known)
	return true
}

func (b *claimBatch) keep() {
	l := b.ledger
	l.cursor = b.last
	if len(b.ids) > 0 && (l.expiry.IsZero() || b.until.Before(l.expiry)) {
		l.expiry = b.until
	}
}

// cancel undoes the claims of the batch.
func (b *claimBatch) cancel() {
	for i, id := range b.ids {
		if b.fresh[i] {
			delete(b.ledger.claims, id)
		} else {
			b.ledger.unclaim(b.ledger.claims[id])
		}
	}
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

// release frees claims, and reports whether there were any.
func (l *claimLedger) release(ids []kit.UUID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	released := false
	for _, id := range ids {
		if c := l.claims[id]; c != nil && !c.free {
			l.unclaim(c)
			released = true
		}
	}
	return released
}
