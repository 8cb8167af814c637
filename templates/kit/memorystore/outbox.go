package memorystore

import (
	"context"
	"slices"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Emit keeps the events in the outbox: see kit.Emitter.
func (db *DB) Emit(ctx context.Context, events ...kit.Event) error {
	return db.write(ctx, func(t *transaction) error { return db.emit(t, events) })
}

func (db *DB) emit(t *transaction, events []kit.Event) error {
	now := time.Now().UTC().Truncate(time.Microsecond)
	for _, e := range events {
		payload, err := db.codec.Encode(e)
		if err != nil {
			return err
		}
		db.post(t, kit.Message{ID: kit.NewUUID(), Topic: e.Topic(), Key: e.Key(), Time: now, Payload: payload})
	}
	return nil
}

// post puts a message into the outbox, in the transaction.
func (db *DB) post(t *transaction, m kit.Message) {
	keep := true
	t.changes = append(t.changes, change{
		undo: func() { keep = false },
		settle: func() {
			if keep {
				db.queue = append(db.queue, m)
				db.rouse()
			}
		},
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
	err = db.use(ctx, func(*transaction) error {
		now, size := time.Now(), 0
		for _, m := range db.queue {
			if len(messages) < limit && size < kit.MaxPageBytes && !now.Before(db.claims[m.ID]) {
				db.claims[m.ID] = now.Add(lease)
				messages = append(messages, messageCopy(m))
				size += len(m.Payload)
			}
		}
		return nil
	})
	return messages, err
}

func messageCopy(m kit.Message) kit.Message {
	m.Payload = slices.Clone(m.Payload)
	return m
}

// Done removes messages that were claimed: see kit.Outbox.
func (db *DB) Done(ctx context.Context, ids ...kit.UUID) error {
	return db.use(ctx, func(*transaction) error {
		done := map[kit.UUID]bool{}
		for _, id := range ids {
			if _, claimed := db.claims[id]; claimed {
				done[id] = true
				delete(db.claims, id)
			}
		}
		db.queue = slices.DeleteFunc(db.queue, func(m kit.Message) bool {
			first := done[m.ID]
			delete(done, m.ID) // what is replayed stays
			return first
		})
		return nil
	})
}

// Release gives claimed messages back: see kit.Outbox.
func (db *DB) Release(_ context.Context, ids ...kit.UUID) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, id := range ids {
		delete(db.claims, id)
	}
	db.rouse()
	return nil
}

// Lag tells how far behind the relay is: see kit.Outbox.
func (db *DB) Lag(ctx context.Context) (waiting int64, oldest time.Time, err error) {
	err = db.use(ctx, func(*transaction) error {
		waiting = int64(len(db.queue))
		for _, m := range db.queue {
			if oldest.IsZero() || m.Time.Before(oldest) {
				oldest = m.Time
			}
		}
		return nil
	})
	return waiting, oldest, err
}
