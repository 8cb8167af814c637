// Package memorystore keeps everything in memory, as the other stores do on disk:
// the simplest adapter of each port, for tests and for trying things out. What
// it keeps ends with the process.
package memorystore

import (
	"context"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/scope"
)

// DB is a database in memory. It is a Transactor, an Emitter, an Outbox, an
// Inbox, a DeadLetterQueue and an Idempotency of package kit. All methods may
// be called concurrently. Changes are made one after another; reads see what
// was committed, and never wait for a change.
type DB struct {
	codec   kit.EventCodec
	writer  chan struct{} // a semaphore of one: held by the transaction under way
	wake    chan struct{}
	marks   txMap[inboxMark, time.Time]
	letters *Table[kit.DeadLetter, kit.UUID]
	replies txMap[string, keptReply]

	mu     sync.Mutex             // guards what follows, what the maps keep, and the transaction
	queue  []kit.Message          // the outbox, in the order of commit
	claims map[kit.UUID]time.Time // when they end, for the first message with an ID
}

// New returns an empty database.
func New(codec kit.EventCodec) *DB {
	db := &DB{
		codec:   codec,
		writer:  make(chan struct{}, 1),
		wake:    make(chan struct{}, 1),
		marks:   txMap[inboxMark, time.Time]{},
		replies: txMap[string, keptReply]{},
		claims:  map[kit.UUID]time.Time{},
	}
	db.letters = NewTable(db, letterMapping)
	return db
}

// use calls fn with the transaction of ctx, or nil, while nobody else uses the database.
// It fails if the context or the transaction has ended.
func (db *DB) use(ctx context.Context, fn func(*transaction) error) error {
	if p := db.partOf(ctx); p != nil {
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
