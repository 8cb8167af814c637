package memorystore

import (
	"context"
	"sync"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Within runs fn in a transaction: see kit.Transactor.
func (db *DB) Within(ctx context.Context, fn func(ctx context.Context) error) error {
	return db.Write(ctx, fn)
}

// Write runs fn in a transaction, as Within does.
//
// fn must pass on the context that it is given. A change that it makes with
// another one waits for fn to end, which waits for the change.
func (db *DB) Write(ctx context.Context, fn func(ctx context.Context) error) error {
	if err := db.usable(ctx); err != nil {
		return err
	}
	outer := db.transactionOf(ctx)
	if outer != nil {
		return outer.run(ctx, fn)
	}
	select {
	case db.writer <- struct{}{}:
		defer func() { <-db.writer }()
	case <-ctx.Done():
		return contextEnded(ctx.Err())
	}
	root := &transaction{db: db, shared: &sharedState{}}
	return root.perform(ctx, fn)
}

// transaction holds changes that are not committed, on top of those of the transaction
// that it is nested in.
type transaction struct {
	db      *DB
	outer   *transaction // nil for the outermost
	shared  *sharedState
	changes map[changeable]any // by map: a map[K]changeOf[V] each
	emitted []kit.Message
}

// sharedState is what the outermost transaction and those nested in it share.
type sharedState struct {
	mu    sync.Mutex // guards the changes of all of them
	ended bool
}

// changeable is a txMap of any type.
type changeable interface {
	// merge puts changes on top of those that are there, which may be nil.
	merge(there, changes any) any
	// apply makes changes last. The database is locked.
	apply(changes any)
}

type contextKey struct{ db *DB }

// transactionOf returns the innermost transaction of ctx, or nil.
func (db *DB) transactionOf(ctx context.Context) *transaction {
	t, _ := ctx.Value(contextKey{db}).(*transaction)
	return t
}

// run runs fn in a transaction within t.
func (t *transaction) run(ctx context.Context, fn func(ctx context.Context) error) error {
	inner := &transaction{db: t.db, outer: t, shared: t.shared}
	return inner.perform(ctx, fn)
}

// perform runs fn in t and keeps its changes if it returns nil.
func (t *transaction) perform(ctx context.Context, fn func(ctx context.Context) error) error {
	if t.outer == nil {
		defer t.end() // also if fn panics
	} else if err := t.usable(); err != nil {
		return err
	}
	if err := fn(context.WithValue(ctx, contextKey{t.db}, t)); err != nil {
		return err
	}
	if t.outer != nil {
		return t.join()
	}
	t.commit()
	return nil
}

func (t *transaction) end() {
	t.shared.mu.Lock()
	defer t.shared.mu.Unlock()
	t.shared.ended = true
}

func (t *transaction) usable() error {
	t.shared.mu.Lock()
	defer t.shared.mu.Unlock()
	return t.shared.usable()
}

func (w *sharedState) usable() error {
	if w.ended {
		return kit.Errorf(kit.Internal, "the transaction has already ended")
	}
	return nil
}

// join puts t's changes on top of those of the outer transaction.
func (t *transaction) join() error {
	t.shared.mu.Lock()
	defer t.shared.mu.Unlock()
	for s, changes := range t.changes {
		t.outer.set(s, s.merge(t.outer.changes[s], changes))
	}
	t.outer.emitted = append(t.outer.emitted, t.emitted...)
	return t.shared.usable()
}

func (t *transaction) set(s changeable, changes any) {
	if t.changes == nil {
		t.changes = map[changeable]any{}
	}
	t.changes[s] = changes
}

// commit makes t's changes last.
func (t *transaction) commit() {
	t.end()
	t.db.mu.Lock()
	defer t.db.mu.Unlock()
	for s, changes := range t.changes {
		s.apply(changes)
	}
	for _, m := range t.emitted {
		t.db.queue = append(t.db.queue, &queuedMessage{message: m})
	}
	if len(t.emitted) > 0 {
		t.db.rouse()
	}
}
