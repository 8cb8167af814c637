package postgresstore

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Emit keeps the events in the outbox: see kit.Emitter.
func (db *DB) Emit(ctx context.Context, events ...kit.Event) error {
	if len(events) == 0 {
		return nil
	}
	rows, err := db.rowsOf(events)
	if err != nil {
		return err
	}
	if _, err := db.kit.emit.Apply(ctx, eventArgs(rows)...); err != nil {
		return err
	}
	db.emitted(ctx)
	return nil
}

// emitted wakes those that claim, once what was emitted is committed.
func (db *DB) emitted(ctx context.Context) {
	if p := db.partOf(ctx); p != nil {
		p.Transaction.emitted.Store(true)
	} else {
		db.rouse()
	}
}

// rouse wakes a goroutine that waits on Wake.
func (db *DB) rouse() {
	select {
	case db.wake <- struct{}{}:
	default:
	}
}

// Wake returns a channel that receives after messages were committed by this
// process: see kit.Outbox. Those of others are found by polling.
func (db *DB) Wake() <-chan struct{} { return db.wake }

// Done removes messages that were claimed: see kit.Outbox.
func (db *DB) Done(ctx context.Context, ids ...kit.UUID) error {
	b := db.claims
	if err := b.lock(ctx); err != nil {
		return err
	}
	defer b.unlock()
	var seqs pq.Int64Array
	var of pq.StringArray
	for _, id := range ids {
		if c, known := b.held[id]; known {
			seqs, of = append(seqs, c.seq), append(of, id.String())
		}
	}
	if len(seqs) == 0 {
		return nil
	}
	if _, err := db.kit.done.Apply(ctx, seqs, of, db.self); err != nil {
		return err
	}
	for _, id := range ids {
		b.forget(id)
	}
	return nil
}

// Release gives claimed messages back: see kit.Outbox.
func (db *DB) Release(ctx context.Context, ids ...kit.UUID) error {
	b := db.claims
	if err := b.lock(ctx); err != nil {
		return err
	}
	defer b.unlock()
	for _, id := range ids {
		if c, known := b.forget(id); known && !c.until.IsZero() {
			b.reopen(c.seq)
			db.rouse()
		}
	}
	return nil
}

// lagLimit is the most messages that Lag counts: to count millions takes longer
// than it is worth.
const lagLimit = 100_000

// lagText selects how far behind the relay is.
var lagText = fmt.Sprintf(`SELECT (SELECT count(*) FROM (SELECT FROM "outbox" WHERE "seq" > "floor" LIMIT %d) AS "some"),
	(SELECT "time" FROM "outbox" WHERE "seq" > "floor" ORDER BY "seq" LIMIT 1) FROM "outbox_lease"`, lagLimit)
