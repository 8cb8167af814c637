package postgresstore

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// leaseLife is how long the lease of the outbox keeps others away after the process
// that holds it has died. One that lives renews it well before.
const leaseLife = 10 * time.Second

// relaySettings are of the connections that read and empty the outbox. Its rows must be
// found by their seq, however wrong the statistics of a table are that is now empty and
// now full, and where a long snapshot keeps millions of removed ones. A server that
// crashes may forget that messages were removed: they are then published again.
var relaySettings = map[string]string{
	"enable_seqscan": "off", "enable_bitmapscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "jit": "off",
	"synchronous_commit": "off",
}

// claimBook remembers what this process has claimed. One process at a time claims: the
// one that holds the lease of the outbox. So claims need no writes.
type claimBook struct {
	keep sync.Once
	turn chan struct{} // a semaphore of one, which guards what follows

	life   time.Duration // leaseLife
	renew  time.Time     // the lease is not asked for before
	until  time.Time     // the end of the lease; zero if another process holds it
	term   int64         // rises with each process that takes the lease
	server string        // when the server started: another one may have lost seqs that were used

	cursor int64              // the last seq seen
	gaps   []seqRange         // what may still appear before the cursor, in order
	held   map[kit.UUID]claim // until they are done or released

	// Whatever appears in a gap was begun before the cursor passed it. So nothing does any
	// more, in those up to the mark, once the writers of that time have ended.
	mark    int64 // 0 if nobody is waited for
	writers []string
}

// seqRange is a range of seqs, both ends included.
type seqRange struct{ from, to int64 }

type claim struct {
	seq   int64
	until time.Time // the end of the lease; zero if it has ended, and the seq is a gap again
	twins []int64   // messages with the same ID, replayed for a group, that wait for this one
}

// lock waits for the turn.
func (b *claimBook) lock(ctx context.Context) error {
	select {
	case b.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return withCode(ctx.Err())
	}
}

func (b *claimBook) unlock() { <-b.turn }

// see moves the cursor to a seq, or takes it out of its gap.
func (b *claimBook) see(seq int64) {
	if seq > b.cursor {
		b.gaps = appendRange(b.gaps, b.cursor+1, seq-1)
		b.cursor = seq
		return
	}
	at := slices.IndexFunc(b.gaps, func(g seqRange) bool { return g.from <= seq && seq <= g.to })
	if at >= 0 {
		g := b.gaps[at]
		b.gaps = slices.Replace(b.gaps, at, at+1, appendRange(appendRange(nil, g.from, seq-1), seq+1, g.to)...)
	}
}

func appendRange(gaps []seqRange, from, to int64) []seqRange {
	if from > to {
		return gaps
	}
	return append(gaps, seqRange{from, to})
}

// reopen has seqs read again.
func (b *claimBook) reopen(seqs ...int64) {
	for _, seq := range seqs {
		at, _ := slices.BinarySearchFunc(b.gaps, seq, func(g seqRange, seq int64) int { return int(g.from - seq) })
		b.gaps = slices.Insert(b.gaps, at, seqRange{seq, seq})
	}
}

// expire ends claims whose lease has ended.
func (b *claimBook) expire(now time.Time) {
	for id, c := range b.held {
		if !c.until.IsZero() && !now.Before(c.until) {
			b.reopen(c.seq)
			c.until = time.Time{}
			b.held[id] = c
		}
	}
}

// claim claims a message, unless it is claimed or must wait for one with its ID: Done
// could not tell them apart.
func (b *claimBook) claim(seq int64, id kit.UUID, until time.Time) bool {
	b.see(seq)
	c, known := b.held[id]
	switch {
	case known && c.seq != seq:
		c.twins = append(c.twins, seq)
	case known && !c.until.IsZero():
		return false
	default:
		c.seq, c.until = seq, until
	}
	b.held[id] = c
	return c.seq == seq
}

// forget ends the claim of a message, and reports whether there was one.
func (b *claimBook) forget(id kit.UUID) (c claim, known bool) {
	if c, known = b.held[id]; known {
		delete(b.held, id)
		b.reopen(c.twins...)
	}
	return c, known
}

// floor returns up to which seq nothing is left, nor will appear.
func (b *claimBook) floor() int64 {
	floor := b.cursor
	if len(b.gaps) > 0 {
		floor = b.gaps[0].from - 1
	}
	for _, c := range b.held {
		floor = min(floor, c.seq-1)
	}
	return floor
}

// Claim claims messages: see kit.Outbox. It changes nothing in the database, and reads
// only what it has not seen, and what was committed late.
func (db *DB) Claim(ctx context.Context, limit int, lease time.Duration) ([]kit.Message, error) {
	b := db.claims
	if err := b.lock(ctx); err != nil {
		return nil, err
	}
	defer b.unlock()
	b.keep.Do(func() { db.background.Go(db.keepLease) })
	if leads, err := db.lead(ctx); err != nil || !leads {
		return nil, err
	}
	b.expire(time.Now())
	settled, err := db.settled(ctx)
	if err != nil {
		return nil, err
	}
	return db.claim(ctx, limit, lease, settled)
}

// claim reads messages and claims them. Of the gaps, it drops what it finds nothing in,
// up to the seq where nothing can appear any more.
func (db *DB) claim(ctx context.Context, limit int, lease time.Duration, settled int64) (claimed []kit.Message, err error) {
	b := db.claims
	froms, tos := pq.Int64Array{}, pq.Int64Array{}
	for _, g := range b.gaps {
		froms, tos = append(froms, g.from), append(tos, g.to)
	}
	type row struct {
		seq int64
		kit.Message
	}
	var rows []row
	size := 0
	err = db.kit.claim.Rows(ctx, func(s Scanner) error {
		var r row
		err := s.Scan(&r.seq, &r.ID, &r.Topic, &r.Key, &r.Group, &r.Time, &r.Payload)
		rows, size = append(rows, r), size+len(r.Payload)
		return err
	}, froms, tos, b.cursor, limit, kit.MaxPageBytes)
	if err != nil {
		return nil, err
	}
	until := time.Now().Add(lease)
	for _, r := range rows {
		if b.claim(r.seq, r.ID, until) {
			claimed = append(claimed, r.Message)
		}
	}
	if len(rows) == limit || size >= kit.MaxPageBytes {
		settled = min(settled, rows[len(rows)-1].seq)
	}
	b.gaps = slices.DeleteFunc(b.gaps, func(g seqRange) bool { return g.to <= settled })
	return claimed, nil
}

// settled returns the seq up to which what is committed now is all that there will be, or
// 0 if none is known. A statement that inserts locks the table before it draws a seq, and
// until its transaction has ended.
func (db *DB) settled(ctx context.Context) (int64, error) {
	b := db.claims
	if len(b.gaps) == 0 {
		b.mark = 0
		return 0, nil
	}
	var writers pq.StringArray
	_, err := db.kit.writers.Row(ctx, func(row Scanner) error { return row.Scan(&writers) })
	if err != nil {
		return 0, err
	}
	if b.mark == 0 {
		b.mark, b.writers = b.cursor, writers
	}
	b.writers = slices.DeleteFunc(b.writers, func(w string) bool { return !slices.Contains(writers, w) })
	if len(b.writers) > 0 {
		return 0, nil
	}
	settled := b.mark
	b.mark = 0
	return settled, nil
}
