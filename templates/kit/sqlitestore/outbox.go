package sqlitestore

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

const emitText = `INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload")
	VALUES ($1, $2, $3, $4, $5, $6)`

// Emit keeps the events in the outbox: see kit.Emitter.
func (db *DB) Emit(ctx context.Context, events ...kit.Event) error {
	if len(events) == 0 {
		return nil
	}
	p := db.partOf(ctx)
	if p == nil {
		return db.Within(ctx, func(ctx context.Context) error { return db.Emit(ctx, events...) })
	}
	now := time.Now()
	for _, e := range events {
		payload, err := db.codec.Encode(e)
		if err != nil {
			return err
		}
		_, err = db.Statement(emitText).Exec(ctx, kit.NewUUID(), e.Topic(), e.Key(), "", now, sqlstore.NotNil(payload))
		if err != nil {
			return err
		}
		p.Transaction.emitted.Store(true)
	}
	return nil
}

// rouse wakes a goroutine that waits on Wake.
func (db *DB) rouse() {
	select {
	case db.wake <- struct{}{}:
	default:
	}
}

// Wake returns a channel that receives after messages were committed by this
// process: see kit.Outbox.
func (db *DB) Wake() <-chan struct{} { return db.wake }

const claimText = `SELECT "seq", "id", "topic", "key", "group", "time", "payload" FROM "outbox"
	WHERE "seq" > $1 ORDER BY "seq"`

// Claim claims messages: see kit.Outbox. Only one process serves a file, so
// claims are kept in memory, cost no write, and end with the process. What was read
// before an error is claimed: if the error lasts, the next call returns it.
//
// One that is replayed for a group while the original is still on its way has the ID of
// the original, and must wait for it: Done could not tell them apart. The cursor stays
// before it.
func (db *DB) Claim(ctx context.Context, limit int, lease time.Duration) (messages []kit.Message, err error) {
	if db.as != serving {
		return nil, kit.Errorf(kit.Conflict, "the messages in %s are claimed by the process that serves it", db.path)
	}
	c := &db.claims
	c.mu.Lock()
	defer c.mu.Unlock()
	now, size := time.Now(), 0
	waits := false // a message was left to wait
	c.expire(now)
	err = runner{db}.Query(ctx, claimText, []any{c.cursor}, func(rows sqlstore.Rows) error {
		for len(messages) < limit && size < kit.MaxPageBytes && rows.Next() {
			var seq int64
			var m kit.Message
			if err := rows.Scan(&seq, &m.ID, &m.Topic, &m.Key, &m.Group, &m.Time, &m.Payload); err != nil {
				return err
			}
			old, known := c.of[m.ID]
			isTwin := known && old.seq != seq
			waits = waits || isTwin
			if !waits {
				c.cursor = seq
			}
			if !isTwin && old.hasEnded(now) {
				c.of[m.ID] = claim{seq, now.Add(lease)}
				messages = append(messages, m)
				size += len(m.Payload)
			}
		}
		return nil
	})
	if len(messages) > 0 {
		return messages, nil
	}
	return nil, err
}

// Done removes messages that were claimed: see kit.Outbox.
func (db *DB) Done(ctx context.Context, ids ...kit.UUID) error {
	seqs := db.claims.seqs(ids)
	if len(seqs) == 0 {
		return nil
	}
	list, _ := json.Marshal(seqs) // numbers can always be written
	remove := db.Statement(`DELETE FROM "outbox" WHERE "seq" IN (SELECT "value" FROM json_each($1))`)
	_, err := remove.Apply(ctx, string(list))
	if err == nil {
		db.claims.forget(ids)
	}
	return err
}

// Release gives claimed messages back: see kit.Outbox.
func (db *DB) Release(_ context.Context, ids ...kit.UUID) error {
	if db.claims.release(ids) {
		db.rouse()
	}
	return nil
}

// Replay puts the message of a dead letter back into the outbox: see
// kit.DeadLetterQueue.
func (db *DB) Replay(ctx context.Context, id kit.UUID) error {
	return db.Within(ctx, func(ctx context.Context) error {
		changed, err := db.Statement(`INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload")
			SELECT "message", "topic", "key", "group", "time", "payload" FROM "dead_letter" WHERE "id" = $1`).Exec(ctx, id)
		if err == nil && changed == 0 {
			err = kit.Errorf(kit.NotFound, "there is no dead letter %s", id)
		}
		if err != nil {
			return err
		}
		db.partOf(ctx).Transaction.emitted.Store(true)
		_, err = db.Statement(`DELETE FROM "dead_letter" WHERE "id" = $1`).Exec(ctx, id)
		return err
	})
}

// claims are the messages of the outbox that this process has claimed.
//
// They go by seq, which on SQLite rises with every commit: changes are made one
// after another, so that none with a lower seq can appear later, and no seq is
// used twice.
type claims struct {
	mu     sync.Mutex // guards what follows, and is held to claim
	of     map[kit.UUID]claim
	cursor int64 // every message up to it is claimed or gone
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
	for _, claim := range c.of {
		if claim.hasEnded(now) {
			c.cursor = min(c.cursor, claim.seq-1)
		}
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
