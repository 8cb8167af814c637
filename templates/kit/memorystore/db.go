// Package memorystore keeps everything in memory, as the other stores do on disk:
// the simplest adapter of each port, for tests and for trying things out. What
// it keeps ends with the process.
package memorystore

import (
	"context"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// DB is a database in memory. It is a Transactor, an Emitter, an Outbox, an
// Inbox, a DeadLetterQueue and an Idempotency of package kit. All methods may
// be called concurrently. Changes are made one after another; reads see what
// was committed, and never wait for a change.
type DB struct {
	codec   kit.EventCodec
	writer  chan struct{} // a semaphore of one: held by the transaction under way
	wake    chan struct{}
	marks   *txMap[inboxMark, time.Time]
	letters *txMap[kit.UUID, kit.DeadLetter]
	replies *txMap[string, keptReply]

	mu     sync.Mutex // guards what follows, what the maps keep, and the transaction
	maps   []interface{ settle(keep bool) }
	queue  []*queuedMessage // the outbox, in the order of commit
	closed bool
}

// New returns an empty database.
func New(codec kit.EventCodec) *DB {
	db := &DB{codec: codec, writer: make(chan struct{}, 1), wake: make(chan struct{}, 1)}
	db.marks = newTxMap[inboxMark, time.Time](db)
	db.letters = newTxMap[kit.UUID, kit.DeadLetter](db)
	db.replies = newTxMap[string, keptReply](db)
	return db
}

// Ping returns nil, or Unavailable once the database is closed.
func (db *DB) Ping(ctx context.Context) error { return db.use(ctx, func(*transaction) {}) }

// Close makes later calls return Unavailable. It may be called again.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.closed = true
	return nil
}

// use calls fn with the transaction of ctx, or nil, while nobody else uses the database.
// It fails if the context or the transaction has ended, or the database is closed.
func (db *DB) use(ctx context.Context, fn func(t *transaction)) error {
	if err := ctx.Err(); err != nil {
		return contextEnded(err)
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return kit.Errorf(kit.Unavailable, "the store is closed")
	}
	t := db.transactionOf(ctx)
	if t != nil && t.ended {
		return kit.Errorf(kit.Internal, "a transaction was used after its end")
	}
	fn(t)
	return nil
}

func contextEnded(cause error) error {
	return kit.Wrap(kit.Unavailable, cause, "the request ended before the store could answer")
}
