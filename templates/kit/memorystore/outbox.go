package memorystore

import (
	"context"
	"slices"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// queuedMessage is a message in the outbox.
type queuedMessage struct {
	message kit.Message
	until   time.Time // when its claim ends; zero if it was never claimed or was released
	claimed bool      // it was claimed at some time: Done removes it
}

// Emit keeps the events in the outbox: see kit.Emitter.
func (db *DB) Emit(ctx context.Context, events ...kit.Event) error {
	if len(events) == 0 {
		return nil
	}
	return db.Write(ctx, func(ctx context.Context) error {
		now := time.Now().UTC().Truncate(time.Microsecond)
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
	})
}

// post puts a message into the outbox, in the transaction of ctx.
func (db *DB) post(ctx context.Context, m kit.Message) error {
	return db.use(ctx, func(t *transaction) {
		before := len(t.emitted)
		t.emitted = append(t.emitted, m)
		t.undo = append(t.undo, func() { t.emitted = t.emitted[:before] })
	})
}

func (db *DB) rouse() {
	select {
	case db.wake <- struct{}{}:
	default:
	}
}

// Wake returns a channel that receives after messages were committed: see
// kit.Outbox.
func (db *DB) Wake() <-chan struct{} { return db.wake }

// Claim claims messages: see kit.Outbox. A message with the ID of an earlier
// one, replayed for a group, waits until that is done.
func (db *DB) Claim(ctx context.Context, limit int, lease time.Duration) (messages []kit.Message, err error) {
	err = db.use(ctx, func(*transaction) {
		now := time.Now()
		seen := map[kit.UUID]bool{}
		for _, q := range db.queue {
			if len(messages) >= limit {
				break
			}
			if !seen[q.message.ID] && !now.Before(q.until) {
				q.until, q.claimed = now.Add(lease), true
				messages = append(messages, messageCopy(q.message))
			}
			seen[q.message.ID] = true
		}
	})
	return messages, err
}

func messageCopy(m kit.Message) kit.Message {
	m.Payload = slices.Clone(m.Payload)
	return m
}

// Done removes messages that were claimed: see kit.Outbox.
func (db *DB) Done(ctx context.Context, ids ...kit.UUID) error {
	return db.use(ctx, func(*transaction) {
		done := setOf(ids)
		db.queue = slices.DeleteFunc(db.queue, func(q *queuedMessage) bool { return q.claimed && done[q.message.ID] })
	})
}

// Release gives claimed messages back: see kit.Outbox.
func (db *DB) Release(_ context.Context, ids ...kit.UUID) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	released := setOf(ids)
	for _, q := range db.queue {
		if released[q.message.ID] && !q.until.IsZero() {
			q.until = time.Time{}
			db.rouse()
		}
	}
	return nil
}

func setOf(ids []kit.UUID) map[kit.UUID]bool {
	set := make(map[kit.UUID]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// Lag tells how far behind the relay is: see kit.Outbox.
func (db *DB) Lag(ctx context.Context) (waiting int64, oldest time.Time, err error) {
	err = db.use(ctx, func(*transaction) {
		waiting = int64(len(db.queue))
		for _, q := range db.queue {
			if oldest.IsZero() || q.message.Time.Before(oldest) {
				oldest = q.message.Time
			}
		}
	})
	return waiting, oldest, err
}
