// Package memorystore keeps entities and events in memory, as the other stores do on
// disk: for tests, and for trying things out. What it keeps ends with the process.
package memorystore

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/scope"
)

// DB is a database in memory. It is a Transactor and an Emitter of package kit. All
// methods may be called concurrently. Changes are made one after another; reads see what
// was committed, and never wait for a change.
type DB struct {
	codec  kit.EventCodec
	writer chan struct{} // a semaphore of one: held by the transaction under way

	mu     sync.Mutex     // guards what follows, what tables keep, and the transaction
	outbox []kit.Message  // in the order of commit
	tables map[string]any // by their names, as far as others refer to them
}

// New returns an empty database.
func New(codec kit.EventCodec) *DB {
	return &DB{codec: codec, writer: make(chan struct{}, 1)}
}

// use calls fn with the transaction of ctx, or nil, while nobody else uses the database.
// It fails if the context or the transaction has ended.
func (db *DB) use(ctx context.Context, fn func(*transaction) error) error {
	if p := scope.Of[*transaction](ctx, contextKey{db}); p != nil {
		return p.Do(ctx, func() error {
			return p.Transaction.use(ctx, func() error { return fn(p.Transaction) })
		})
	}
	if err := ctx.Err(); err != nil {
		return scope.ContextEnded(err)
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	return fn(nil)
}

// write calls fn in a transaction, while nobody else uses the database.
func (db *DB) write(ctx context.Context, fn func(*transaction) error) error {
	return db.Within(ctx, func(ctx context.Context) error { return db.use(ctx, fn) })
}

// Emit keeps the events in the outbox: see kit.Emitter.
func (db *DB) Emit(ctx context.Context, events ...kit.Event) error {
	return db.write(ctx, func(t *transaction) error { return t.emit(events) })
}

func (t *transaction) emit(events []kit.Event) error {
	now := kit.SystemClock{}.Now()
	for _, e := range events {
		payload, err := t.db.codec.Encode(e)
		if err != nil {
			return err
		}
		t.events = append(t.events, kit.Message{
			ID: kit.NewUUID(), Topic: e.Topic(), Key: e.Key(), Time: now, Payload: slices.Clone(payload),
		})
	}
	return nil
}

// Claim takes up to limit messages out of the outbox: there is no relay to release them.
func (db *DB) Claim(ctx context.Context, limit int, _ time.Duration) (messages []kit.Message, err error) {
	err = db.use(ctx, func(*transaction) error {
		n := min(limit, len(db.outbox))
		messages, db.outbox = db.outbox[:n], db.outbox[n:]
		return nil
	})
	return messages, err
}
