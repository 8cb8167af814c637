package memorystore

import (
	"context"
	"slices"
)

// transaction is the one under way. Those nested in it share it.
type transaction struct {
	ended   bool
	changes []change // in order, also those that were undone
}

// change is what a transaction has changed. undo may be called again, after the later
// changes have been undone. settle is called once, when the transaction ends: if the
// change was not undone, it is to last.
type change struct{ undo, settle func() }

type contextKey struct{ db *DB }

// transactionOf returns the transaction of ctx, or nil.
func (db *DB) transactionOf(ctx context.Context) *transaction {
	t, _ := ctx.Value(contextKey{db}).(*transaction)
	return t
}

// Within runs fn in a transaction: see kit.Transactor.
//
// fn must pass on the context that it is given. A change that it makes with
// another one waits for fn to end, which waits for the change.
func (db *DB) Within(ctx context.Context, fn func(ctx context.Context) error) error {
	t := db.transactionOf(ctx)
	if t == nil {
		select {
		case db.writer <- struct{}{}:
		case <-ctx.Done():
			return contextEnded(ctx.Err())
		}
		t = &transaction{}
		ctx = context.WithValue(ctx, contextKey{db}, t)
		defer db.end(t)
	}
	var before int
	err := db.use(ctx, func(t *transaction) error {
		before = len(t.changes)
		return nil
	})
	if err != nil {
		return err
	}
	keep := false
	defer func() { // also if fn panics
		if !keep {
			db.undo(t, before)
		}
	}()
	err = fn(ctx)
	keep = err == nil
	return err
}

// write calls fn in a transaction, while nobody else uses the database.
func (db *DB) write(ctx context.Context, fn func(*transaction) error) error {
	return db.Within(ctx, func(ctx context.Context) error { return db.use(ctx, fn) })
}

// undo undoes all changes but the first ones.
func (db *DB) undo(t *transaction, first int) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if t.ended {
		return
	}
	for _, c := range slices.Backward(t.changes[first:]) {
		c.undo()
	}
}

// end makes the changes of the transaction last, but for those that were undone, and
// lets the next one begin.
func (db *DB) end(t *transaction) {
	db.mu.Lock()
	defer db.mu.Unlock()
	t.ended = true
	for _, c := range t.changes {
		c.settle()
	}
	<-db.writer
}
