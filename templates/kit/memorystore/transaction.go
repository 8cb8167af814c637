package memorystore

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// transaction is the one under way. Those nested in it share it.
type transaction struct {
	ended   bool
	undo    []func() // for each change, in order
	emitted []kit.Message
}

type contextKey struct{ db *DB }

// transactionOf returns the transaction of ctx, or nil.
func (db *DB) transactionOf(ctx context.Context) *transaction {
	t, _ := ctx.Value(contextKey{db}).(*transaction)
	return t
}

// Within runs fn in a transaction: see kit.Transactor.
func (db *DB) Within(ctx context.Context, fn func(ctx context.Context) error) error {
	return db.Write(ctx, fn)
}

// Write runs fn in a transaction, as Within does.
//
// fn must pass on the context that it is given. A change that it makes with
// another one waits for fn to end, which waits for the change.
func (db *DB) Write(ctx context.Context, fn func(ctx context.Context) error) error {
	if db.transactionOf(ctx) != nil {
		return db.nest(ctx, fn)
	}
	if err := db.use(ctx, func(*transaction) {}); err != nil {
		return err
	}
	select {
	case db.writer <- struct{}{}:
		defer func() { <-db.writer }()
	case <-ctx.Done():
		return contextEnded(ctx.Err())
	}
	t, keep := &transaction{}, false
	defer func() { db.end(t, keep) }() // also if fn panics
	err := fn(context.WithValue(ctx, contextKey{db}, t))
	keep = err == nil
	return err
}

// nest runs fn as a part of the transaction of ctx that is undone by itself.
func (db *DB) nest(ctx context.Context, fn func(ctx context.Context) error) error {
	var before int
	if err := db.use(ctx, func(t *transaction) { before = len(t.undo) }); err != nil {
		return err
	}
	keep := false
	defer func() {
		if !keep {
			db.undo(db.transactionOf(ctx), before)
		}
	}()
	err := fn(ctx)
	keep = err == nil
	return err
}

// undo undoes all changes but the first ones.
func (db *DB) undo(t *transaction, first int) {
	db.mu.Lock()
	defer db.mu.Unlock()
	for !t.ended && len(t.undo) > first {
		last := len(t.undo) - 1
		t.undo[last]()
		t.undo = t.undo[:last]
	}
}

// end ends the transaction, and makes its changes last or drops them.
func (db *DB) end(t *transaction, keep bool) {
	db.mu.Lock()
	defer db.mu.Unlock()
	t.ended = true
	for _, m := range db.maps {
		m.settle(keep)
	}
	if !keep || len(t.emitted) == 0 {
		return
	}
	for _, m := range t.emitted {
		db.queue = append(db.queue, &queuedMessage{message: m})
	}
	db.rouse()
}
