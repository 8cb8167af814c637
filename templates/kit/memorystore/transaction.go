package memorystore

import (
	"context"
	"iter"
	"maps"
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
	timedOut bool
	changes
}

// changes are what a transaction has changed so far.
type changes struct {
	rows   map[rowID]any // nil for one that was removed
	events []kit.Message
}

type rowID struct {
	of *rows
	at place
}

// place is the key of a row, and the tenant whose own it is, if it is.
type place struct {
	own string
	key kit.Cursor
}

// rows are pointers to the entities of a table, copies that nobody else has, by their places.
type rows struct {
	committed map[place]any
	refuse    []func(t *transaction, at place, entity any) error
}

// get returns a row as the transaction sees it, or as it was committed if there is none;
// nil if there is no such row.
func (t *transaction) get(of *rows, at place) any {
	if t != nil {
		if entity, changed := t.rows[rowID{of, at}]; changed {
			return entity
		}
	}
	return of.committed[at]
}

// all returns the rows that get returns, by their places.
func (t *transaction) all(of *rows) iter.Seq2[place, any] {
	seen := of.committed
	if t != nil {
		seen = maps.Clone(seen)
		for row := range t.rows {
			if row.of == of {
				seen[row.at] = t.rows[row]
			}
		}
		maps.DeleteFunc(seen, func(_ place, entity any) bool { return entity == nil })
	}
	return maps.All(seen)
}

// set puts an entity, or nil, in place of a row, and emits the events. If it fails, so must
// the transaction.
func (t *transaction) set(of *rows, at place, entity any, events []kit.Event) error {
	t.rows[rowID{of, at}] = entity
	for _, refuse := range of.refuse {
		if err := refuse(t, at, entity); err != nil {
			return err
		}
	}
	return t.emit(events)
}

type contextKey struct{ db *DB }

// Within runs fn in a transaction: see kit.Transactor. No other change can be made from
// its first use of the database until it ends: at the latest after 10 seconds, when it is
// rolled back.
//
// fn must pass on the context that it is given. A change that it makes with
// another one waits for the transaction to end.
func (db *DB) Within(ctx context.Context, fn func(ctx context.Context) error) error {
	if p := scope.Of[*transaction](ctx, contextKey{db}); p != nil {
		t := p.Transaction
		var before changes
		return p.Nest(ctx, fn, func() error {
			return t.use(ctx, func() error {
				before = changes{maps.Clone(t.rows), t.events}
				return nil
			})
		}, func(keep bool) error { return t.leave(keep, before) })
	}
	if ctx.Err() != nil {
		return scope.ContextEnded(ctx.Err())
	}
	t := &transaction{db: db, changes: changes{rows: map[rowID]any{}}}
	return scope.New(contextKey{db}, t, timeout).Run(ctx, fn, t.end)
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

// leave keeps the changes, or only those that there were before.
func (t *transaction) leave(keep bool, before changes) error {
	t.db.mu.Lock()
	defer t.db.mu.Unlock()
	if !keep {
		t.changes = before
	}
	if t.timedOut {
		return errTimedOut
	}
	return nil
}

// end makes the changes last, or drops them, and lets the next transaction begin.
func (t *transaction) end(keep bool) error {
	if t.timer == nil {
		return nil
	}
	if !t.timer.Stop() {
		return errTimedOut
	}
	defer func() { <-t.db.writer }()
	t.db.mu.Lock()
	defer t.db.mu.Unlock()
	if !keep {
		return nil
	}
	for row, entity := range t.rows {
		if entity == nil {
			delete(row.of.committed, row.at)
		} else {
			row.of.committed[row.at] = entity
		}
	}
	t.db.outbox = append(t.db.outbox, t.events...)
	return nil
}

// timeOut drops the changes of a transaction that has kept others waiting for too long.
func (t *transaction) timeOut() {
	t.db.mu.Lock()
	t.timedOut = true
	t.db.mu.Unlock()
	<-t.db.writer
}
