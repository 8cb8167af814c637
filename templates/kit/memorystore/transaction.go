package memorystore

import (
	"context"
	"slices"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/scope"
)

// timeout is how long a transaction may keep others from making changes, before it is
// rolled back.
const timeout = 10 * time.Second

// transaction is one under way. It begins with the first use of the database in it. Those
// nested in it share it.
type transaction struct {
	db    *DB
	timer *time.Timer // calls timeOut; nil until it has begun

	// Guarded by db.mu.
	ended    bool
	timedOut bool
	changes  []change // in order, also those that were undone
}

// change is what a transaction has changed. undo may be called again, after the later
// changes have been undone. settle is called once, when the transaction ends: if the
// change was not undone, it is to last.
type change struct{ undo, settle func() }

// part is a transaction, or one nested in it.
type part = scope.Scope[*transaction]

type contextKey struct{ db *DB }

// partOf returns what the context is a part of, or nil.
func (db *DB) partOf(ctx context.Context) *part {
	return scope.Of[*transaction](ctx, contextKey{db})
}

// Within runs fn in a transaction: see kit.Transactor. No other change can be made from
// its first use of the database until it ends: at the latest after 10 seconds, when it is
// rolled back.
//
// fn must pass on the context that it is given. A change that it makes with
// another one waits for the transaction to end.
func (db *DB) Within(ctx context.Context, fn func(ctx context.Context) error) error {
	if p := db.partOf(ctx); p != nil {
		t, before := p.Transaction, 0
		return p.Nest(ctx, fn, func() error {
			return t.use(ctx, func() error { before = len(t.changes); return nil })
		}, func(keep bool) error { return t.leave(keep, before) })
	}
	if ctx.Err() != nil {
		return scope.ContextEnded(ctx.Err())
	}
	t := &transaction{db: db}
	return scope.New(contextKey{db}, t, timeout).Run(ctx, fn, t.end)
}

// write calls fn in a transaction, while nobody else uses the database.
func (db *DB) write(ctx context.Context, fn func(*transaction) error) error {
	return db.Within(ctx, func(ctx context.Context) error { return db.use(ctx, fn) })
}

// use begins the transaction, if it has not begun, and calls fn while nobody else uses the
// database.
func (t *transaction) use(ctx context.Context, fn func() error) error {
	if ctx.Err() != nil {
		return scope.ContextEnded(ctx.Err())
	}
	if t.timer == nil {
		select {
		case t.db.writer <- struct{}{}:
		case <-ctx.Done():
			return scope.ContextEnded(ctx.Err())
		}
		t.timer = time.AfterFunc(timeout, t.timeOut)
	}
	t.db.mu.Lock()
	defer t.db.mu.Unlock()
	if t.timedOut {
		return errTimedOut
	}
	return fn()
}

var errTimedOut error = kit.Errorf(kit.Unavailable,
	"the transaction was rolled back: it had kept others from changing the database for %v", timeout)

// leave keeps or undoes all changes but the first ones.
func (t *transaction) leave(keep bool, first int) error {
	t.db.mu.Lock()
	defer t.db.mu.Unlock()
	if t.timedOut {
		return errTimedOut
	}
	if !keep {
		t.undo(first)
	}
	return nil
}

// undo undoes all changes but the first ones. db.mu is held.
func (t *transaction) undo(first int) {
	for _, c := range slices.Backward(t.changes[first:]) {
		c.undo()
	}
}

// end keeps or undoes the changes, and lets the next transaction begin.
func (t *transaction) end(keep bool) error {
	if t.timer == nil {
		return nil
	}
	t.timer.Stop()
	err := t.leave(keep, 0)
	t.settle()
	return err
}

// timeOut ends a transaction that has kept others waiting for too long.
func (t *transaction) timeOut() {
	t.db.mu.Lock()
	t.timedOut = !t.ended
	if t.timedOut {
		t.undo(0)
	}
	t.db.mu.Unlock()
	t.settle()
}

// settle makes the changes last that were not undone, and gives the turn back, once.
func (t *transaction) settle() {
	t.db.mu.Lock()
	defer t.db.mu.Unlock()
	if t.ended {
		return
	}
	t.ended = true
	for _, c := range t.changes {
		c.settle()
	}
	<-t.db.writer
}
