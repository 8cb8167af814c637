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
	case <-db.turn:
		defer func() { db.turn <- struct{}{} }()
	case <-ctx.Done():
		return contextEnded(ctx.Err())
	}
	root := &layeredTransaction{db: db, whole: &wholeTransaction{}}
	return root.perform(ctx, fn)
}

// layeredTransaction holds changes that nobody else sees yet, above those of the
// transaction that it is nested in.
type layeredTransaction struct {
	db      *DB
	outer   *layeredTransaction // nil for the outermost
	whole   *wholeTransaction
	changes map[changeableShelf]any // of each shelf, its own kind of changes
	emitted []kit.Message
}

// wholeTransaction is what the outermost transaction and those within it have
// in common.
type wholeTransaction struct {
	mu    sync.Mutex // guards the changes of all of them
	ended bool
}

// changeableShelf is a shelf, whatever it keeps.
type changeableShelf interface {
	// merge puts changes above those that are there, which may be nil.
	merge(there, changes any) any
	// apply makes changes last. The database is locked.
	apply(changes any)
}

type contextKey struct{ db *DB }

// transactionOf returns the innermost transaction of ctx, or nil.
func (db *DB) transactionOf(ctx context.Context) *layeredTransaction {
	t, _ := ctx.Value(contextKey{db}).(*layeredTransaction)
	return t
}

// run runs fn in a transaction within t.
func (t *layeredTransaction) run(ctx context.Context, fn func(ctx context.Context) error) error {
	inner := &layeredTransaction{db: t.db, outer: t, whole: t.whole}
	return inner.perform(ctx, fn)
}

// perform runs fn in t and keeps its changes if it returns nil.
func (t *layeredTransaction) perform(ctx context.Context, fn func(ctx context.Context) error) error {
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

func (t *layeredTransaction) end() {
	t.whole.mu.Lock()
	defer t.whole.mu.Unlock()
	t.whole.ended = true
}

func (t *layeredTransaction) usable() error {
	t.whole.mu.Lock()
	defer t.whole.mu.Unlock()
	return t.whole.usable()
}

func (w *wholeTransaction) usable() error {
	if w.ended {
		return kit.Errorf(kit.Internal, "a transaction was used after its end")
	}
	return nil
}

// join puts t's changes above those of the outer transaction.
func (t *layeredTransaction) join() error {
	t.whole.mu.Lock()
	defer t.whole.mu.Unlock()
	for s, changes := range t.changes {
		t.outer.set(s, s.merge(t.outer.changes[s], changes))
	}
	t.outer.emitted = append(t.outer.emitted, t.emitted...)
	return t.whole.usable()
}

func (t *layeredTransaction) set(s changeableShelf, changes any) {
	if t.changes == nil {
		t.changes = map[changeableShelf]any{}
	}
	t.changes[s] = changes
}

// commit makes t's changes last.
func (t *layeredTransaction) commit() {
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
