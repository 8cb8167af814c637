package sqlitestore

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Within runs fn in a transaction: see kit.Transactor.
//
// fn must pass on the context that it is given. A change that it makes with
// another one waits for fn to end, which waits for the change.
func (db *DB) Within(ctx context.Context, fn func(ctx context.Context) error) error {
	if t := db.transactionOf(ctx); t != nil {
		return sqlstore.Nest(ctx, fn, t.save, t.leave)
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
	t := &transaction{db: db}
	select {
	case t.batch = <-turns:
	case <-ctx.Done():
		return withCode(ctx.Err())
	}
	err := t.perform(ctx, fn)
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

// transaction is a change under way: a member of a batch.
type transaction struct {
	db      *DB
	batch   *batch
	emitted atomic.Bool

	use     sync.RWMutex          // held for reading by each statement, and to end the transaction
	refusal atomic.Pointer[error] // why it takes no more statements
}

type transactionKey struct{ db *DB }

func (db *DB) transactionOf(ctx context.Context) *transaction {
	t, _ := ctx.Value(transactionKey{db}).(*transaction)
	return t
}

// perform runs fn, keeps or undoes what it did, and gives the turn back.
func (t *transaction) perform(ctx context.Context, fn func(context.Context) error) error {
	defer func() { t.db.write.left <- struct{}{} }()
	return sqlstore.Nest(context.WithValue(ctx, transactionKey{t.db}, t), fn, t.begin, t.end)
}

// begin makes the transaction a member of its batch. The savepoint of the member before
// goes, whether it was rolled back to or not.
func (t *transaction) begin(context.Context) error {
	b, text := t.batch, "RELEASE member; SAVEPOINT member"
	if b.members++; b.members == 1 {
		b.began = time.Now()
		text = "BEGIN IMMEDIATE; SAVEPOINT member"
	}
	b.err = t.db.write.run(text)
	return b.err
}

var errEnded error = kit.Errorf(kit.Internal, "the transaction has already ended")

// end waits for statements under way, keeps the transaction from being used further, and
// undoes what it did unless that is to be kept. If that fails, the batch cannot be
// committed.
func (t *transaction) end(keep bool) error {
	t.use.Lock()
	defer t.use.Unlock()
	if lost := t.refusal.Swap(&errEnded); lost != nil {
		t.batch.err = *lost
	} else if !keep {
		t.batch.err = t.db.write.run("ROLLBACK TO member")
	}
	return t.batch.err
}

// run runs a statement, unless the transaction cannot be used any more, or the context
// has ended: that is looked at between statements, never within one.
func (t *transaction) run(ctx context.Context, statement func() error) error {
	t.use.RLock()
	defer t.use.RUnlock()
	if refusal := t.refusal.Load(); refusal != nil {
		return *refusal
	}
	if ctx.Err() != nil {
		return withCode(ctx.Err())
	}
	err := withCode(statement())
	if err != nil && t.db.write.isAutoCommit() {
		t.lose(err) // SQLite has rolled everything back: what comes after would be kept at once
	}
	return err
}

// lose keeps the transaction from being used further, and from being committed.
func (t *transaction) lose(cause error) { t.refusal.CompareAndSwap(nil, &cause) }

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
		t.lose(err)
	}
	return err
}

// execute runs statements without parameters.
func (t *transaction) execute(ctx context.Context, text string) error {
	return t.run(ctx, func() error { return t.db.write.run(text) })
}
