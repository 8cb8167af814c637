package sqlitestore

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/scope"
)

// Within runs fn in a transaction: see kit.Transactor. It begins with the first statement
// in it, of any kind, and then no other change can be made until it ends: at the latest
// after Config.TransactionTimeout, when it is rolled back.
//
// fn must pass on the context that it is given. A change that it makes with
// another one waits for the transaction to end.
func (db *DB) Within(ctx context.Context, fn func(ctx context.Context) error) error {
	if p := db.partOf(ctx); p != nil {
		t := p.Transaction
		return p.Nest(ctx, fn, func() error { return t.save(ctx) }, t.leave)
	}
	if err := db.inFlight.Begin(); err != nil {
		return err
	}
	defer db.inFlight.End()
	return db.transact(ctx, fn, db.write.shared)
}

// transact runs fn as a member of the batch that it receives with its turn, and returns
// once the batch is committed. Where that cannot be, and another member may be to blame,
// fn is run again, alone.
func (db *DB) transact(ctx context.Context, fn func(context.Context) error, turns <-chan *batch) error {
	if ctx.Err() != nil {
		return withCode(ctx.Err())
	}
	t := &transaction{db: db, turns: turns, timeout: db.timeout}
	err := scope.New(transactionKey{db}, t, t.timeout).Run(ctx, fn, t.end)
	if t.batch == nil || t.timedOut {
		return err
	}
	<-t.batch.ended
	switch {
	case t.batch.err != nil && t.batch.members > 1:
		return db.transact(ctx, fn, db.write.alone)
	case err == nil:
		err = t.batch.err
	}
	if err == nil && t.emitted.Load() {
		db.rouse()
	}
	return err
}

// transaction is a change under way. With its first statement it becomes a member of a
// batch. One goroutine at a time uses it: see package scope.
type transaction struct {
	db      *DB
	turns   <-chan *batch
	batch   *batch
	timeout time.Duration
	timer   *time.Timer // calls timeOut
	emitted atomic.Bool

	mu       sync.Mutex // held by each statement, and guards what follows
	ended    bool       // the turn has been given back
	timedOut bool
	refusal  error // why it takes no more statements
}

// part is a transaction, or one nested in it.
type part = scope.Scope[*transaction]

type transactionKey struct{ db *DB }

// partOf returns what the context is a part of, or nil.
func (db *DB) partOf(ctx context.Context) *part {
	return scope.Of[*transaction](ctx, transactionKey{db})
}

// runIn runs a statement in the part of a transaction.
func runIn(ctx context.Context, p *part, statement func() error) error {
	return p.Do(ctx, func() error { return p.Transaction.run(ctx, statement) })
}

// run runs a statement, unless the transaction cannot be used any more, or the context
// has ended: that is looked at between statements, never within one.
func (t *transaction) run(ctx context.Context, statement func() error) error {
	if ctx.Err() != nil {
		return withCode(ctx.Err())
	}
	if t.batch == nil {
		if err := t.begin(ctx); err != nil {
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.refusal != nil {
		return t.refusal
	}
	err := withCode(statement())
	if err != nil && t.db.write.isAutoCommit() {
		t.refusal = err // SQLite has rolled everything back: what comes after would be kept at once
	}
	return err
}

// begin waits for the turn, and makes the transaction a member of the batch. The savepoint
// of the member before goes, whether it was rolled back to or not.
func (t *transaction) begin(ctx context.Context) error {
	var b *batch
	select {
	case b = <-t.turns:
	case <-ctx.Done():
		return withCode(ctx.Err())
	}
	text := "RELEASE member; SAVEPOINT member"
	if b.members++; b.members == 1 {
		b.began = time.Now()
		text = "BEGIN IMMEDIATE; SAVEPOINT member"
	}
	t.batch, t.refusal = b, t.db.write.run(text)
	t.timer = time.AfterFunc(t.timeout, t.timeOut)
	return t.refusal
}

// end keeps or undoes what was done, and gives the turn back.
func (t *transaction) end(keep bool) error {
	if t.batch == nil {
		return nil
	}
	t.timer.Stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timedOut {
		return t.refusal
	}
	err := t.undo(keep)
	t.leaveBatch(err)
	return err
}

// undo undoes what was done unless that is to be kept. It returns why the batch cannot be
// committed.
func (t *transaction) undo(keep bool) error {
	if t.refusal != nil || keep {
		return t.refusal
	}
	return t.db.write.run("ROLLBACK TO member")
}

// timeOut undoes a transaction that has held the database for too long, and gives the turn
// back, so that others go on whatever this one waits for.
func (t *transaction) timeOut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	t.timedOut = true
	err := t.undo(false)
	t.refusal = kit.Errorf(kit.Unavailable, "the transaction was rolled back: it had kept others from changing"+
		" the database for %v, the transaction_timeout of the store", t.timeout)
	t.leaveBatch(err)
	t.db.counter.TimedOut.Add(1)
	slog.Error("a transaction was rolled back; does it wait for something outside of the database?", "error", t.refusal)
}

// leaveBatch gives the turn back. err is why the batch cannot be committed.
func (t *transaction) leaveBatch(err error) {
	t.ended = true
	t.batch.err = err
	t.db.write.left <- struct{}{}
}

// save sets a savepoint. They have the same name at every depth: the innermost is meant.
func (t *transaction) save(ctx context.Context) error { return t.execute(ctx, "SAVEPOINT nested") }

// leave keeps or undoes what was done since the last savepoint, also if the context has
// ended: the rest of the transaction may go on. If it fails, the rest may not, since it
// would keep what it should not.
func (t *transaction) leave(keep bool) error {
	text := "RELEASE nested"
	if !keep {
		text = "ROLLBACK TO nested; " + text
	}
	err := t.execute(context.Background(), text)
	if err != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.refusal == nil {
			t.refusal = err
		}
	}
	return err
}

// execute runs statements without parameters.
func (t *transaction) execute(ctx context.Context, text string) error {
	return t.run(ctx, func() error { return t.db.write.run(text) })
}
