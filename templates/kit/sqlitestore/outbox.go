package sqlitestore

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Emit keeps the events in the outbox: see kit.Emitter.
func (db *DB) Emit(ctx context.Context, events ...kit.Event) error {
	if len(events) == 0 {
		return nil
	}
	if db.transactionOf(ctx) == nil {
		return db.Write(ctx, func(ctx context.Context) error { return db.Emit(ctx, events...) })
	}
	now := time.Now()
	for _, e := range events {
		payload, err := db.codec.Encode(e)
		if err != nil {
			return err
		}
		m := kit.Message{ID: kit.NewUUID(), Topic: e.Topic(), Key: e.Key(), Time: now, Payload: payload}
		if err := db.post(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// post puts a message into the outbox, in the transaction of ctx.
func (db *DB) post(ctx context.Context, m kit.Message) error {
	_, err := db.kit.emit.Exec(ctx, m.ID, m.Topic, m.Key, m.Group, m.Time, sqlstore.NotNil(m.Payload))
	if err == nil {
		db.transactionOf(ctx).emitted.Store(true)
	}
	return err
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

// errEnough ends the reading of rows early.
var errEnough = errors.New("enough")

// Claim claims messages: see kit.Outbox. Only one process serves a file, so
// claims are kept in memory, cost no write, and end with the process.
func (db *DB) Claim(ctx context.Context, limit int, lease time.Duration) ([]kit.Message, error) {
	if db.beside {
		return nil, kit.Errorf(kit.Conflict, "the messages in %s are claimed by the process that serves it", db.path)
	}
	db.claimed.mu.Lock()
	defer db.claimed.mu.Unlock()
	messages, err := db.claimAfter(ctx, limit, time.Now(), lease)
	if err != nil {
		ids := make([]kit.UUID, len(messages))
		for i, m := range messages {
			ids[i] = m.ID
		}
		db.claimed.release(ids)
		return nil, err
	}
	return messages, nil
}

// claimAfter claims messages after the cursor of the ledger, and moves that. One that is
// replayed for a group while the original is still on its way has the ID of the original,
// and must wait for it: Done could not tell them apart. The cursor stays before it.
func (db *DB) claimAfter(ctx context.Context, limit int, now time.Time, lease time.Duration) (messages []kit.Message, err error) {
	l := db.claimed
	l.expire(now)
	after, isBefore := l.cursor, true // isBefore: no message was left to wait
	err = db.kit.claim.Rows(ctx, func(row Scanner) error {
		if len(messages) >= limit {
			return errEnough
		}
		seq, m, err := messageFrom(row)
		if err != nil {
			return err
		}
		if l.isTwin(seq, m.ID) {
			isBefore = false
			return nil
		}
		if isBefore {
			l.cursor = seq
		}
		if l.claim(seq, m.ID, now.Add(lease)) {
			messages = append(messages, m)
		}
		return nil
	}, after)
	if errors.Is(err, errEnough) {
		err = nil
	}
	return messages, err
}

func messageFrom(row Scanner) (seq int64, m kit.Message, err error) {
	err = row.Scan(&seq, &m.ID, &m.Topic, &m.Key, &m.Group, &m.Time, &m.Payload)
	return seq, m, err
}

// Done removes messages that were claimed: see kit.Outbox.
func (db *DB) Done(ctx context.Context, ids ...kit.UUID) error {
	seqs := db.claimed.seqs(ids)
	if len(seqs) == 0 {
		return nil
	}
	err := db.Write(ctx, func(ctx context.Context) error {
		_, err := db.kit.done.Exec(ctx, jsonNumbers(seqs))
		return err
	})
	if err == nil {
		db.claimed.forget(ids)
	}
	return err
}

// jsonNumbers writes a JSON array.
func jsonNumbers(numbers []int64) string {
	b := make([]byte, 0, 12*len(numbers)+2)
	b = append(b, '[')
	for i, n := range numbers {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, n, 10)
	}
	return string(append(b, ']'))
}

// Release gives claimed messages back: see kit.Outbox.
func (db *DB) Release(_ context.Context, ids ...kit.UUID) error {
	db.claimed.mu.Lock()
	defer db.claimed.mu.Unlock()
	if db.claimed.release(ids) {
		db.rouse()
	}
	return nil
}
