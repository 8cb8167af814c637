package sqlitestore

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Write runs fn in a transaction, as Within does.
//
// fn must pass on the context that it is given. A change that it makes with
// another one waits for fn to end, which waits for the change.
func (db *DB) Write(ctx context.Context, fn func(ctx context.Context) error) error {
	if t := db.transactionOf(ctx); t != nil {
		return sqlstore.Nest(ctx, fn, t.save, t.leave)
	}
	if err := db.inFlight.Begin(); err != nil {
		return err
	}
	defer db.inFlight.End()
	t := &transaction{db: db}
	retry, err := db.write.write(ctx, t, fn, false)
	if retry {
		t = &transaction{db: db}
		_, err = db.write.write(ctx, t, fn, true)
	}
	if err == nil && t.emitted.Load() {
		db.rouse()
	}
	return err
}

// Within runs fn in a transaction: see kit.Transactor.
func (db *DB) Within(ctx context.Context, fn func(ctx context.Context) error) error {
	return db.Write(ctx, fn)
}

// transaction is a change under way: a member of a batch.
type transaction struct {
	db         *DB
	isFirst    bool // of its batch
	savepoints int  // how many are open within it
	emitted    atomic.Bool

	use   sync.RWMutex // held for reading by each statement, and to end the transaction
	ended bool
	lost  atomic.Pointer[error] // why SQLite has rolled it back, or why it cannot be committed
}

type transactionKey struct{ db *DB }

func (db *DB) transactionOf(ctx context.Context) *transaction {
	t, _ := ctx.Value(transactionKey{db}).(*transaction)
	return t
}

func (t *transaction) within(ctx context.Context) context.Context {
	return context.WithValue(ctx, transactionKey{t.db}, t)
}

// run runs a statement, unless the transaction cannot be used any more, or the context
// has ended: that is looked at between statements, never within one.
func (t *transaction) run(ctx context.Context, statement func() error) error {
	t.use.RLock()
	defer t.use.RUnlock()
	if t.ended {
		return kit.Errorf(kit.Internal, "the transaction has already ended")
	}
	if lost := t.lost.Load(); lost != nil {
		return *lost
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

// lose keeps the transaction from being committed.
func (t *transaction) lose(cause error) { t.lost.CompareAndSwap(nil, &cause) }

// end waits for statements under way, keeps the transaction from being used further, and
// returns why it cannot be committed, or nil.
func (t *transaction) end() error {
	t.use.Lock()
	defer t.use.Unlock()
	t.ended = true
	if lost := t.lost.Load(); lost != nil {
		return *lost
	}
	return nil
}

// save sets a savepoint.
func (t *transaction) save(ctx context.Context) error {
	t.savepoints++
	err := t.execute(ctx, "SAVEPOINT "+t.savepoint())
	if err != nil {
		t.savepoints--
	}
	return err
}

// leave keeps or undoes what was done since the last savepoint, also if the context has
// ended: the rest of the transaction may go on. If it fails, the rest may not, since it
// would keep what it should not.
func (t *transaction) leave(keep bool) error {
	name := t.savepoint()
	t.savepoints--
	var err error
	if !keep {
		err = t.execute(context.Background(), "ROLLBACK TO "+name)
	}
	if err == nil {
		err = t.execute(context.Background(), "RELEASE "+name)
	}
	if err != nil {
		t.lose(err)
	}
	return err
}

// savepoint returns the name of the last savepoint.
func (t *transaction) savepoint() string { return "nested" + strconv.Itoa(t.savepoints) }

// execute runs a statement without parameters.
func (t *transaction) execute(ctx context.Context, text string) error {
	return t.run(ctx, func() error { return t.db.write.run(text) })
}
