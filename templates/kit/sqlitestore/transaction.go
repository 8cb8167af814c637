package sqlitestore

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Write runs fn in a transaction, as Within does.
//
// fn must pass on the context that it is given. A change that it makes with
// another one waits for fn to end, which waits for the change.
func (db *DB) Write(ctx context.Context, fn func(ctx context.Context) error) error {
	if t := db.transactionOf(ctx); t != nil {
		return t.nest(ctx, fn)
	}
	t := &sqlTransaction{db: db}
	lost, err := db.write.write(ctx, t, fn, false)
	if lost {
		t = &sqlTransaction{db: db}
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

// sqlTransaction is a change under way.
type sqlTransaction struct {
	db      *DB
	first   bool // of its group
	depth   int  // how many savepoints are open within it
	emitted atomic.Bool
	broken  atomic.Pointer[error]

	use   sync.RWMutex // held for reading by each statement
	ended bool
}

type transactionKey struct{ db *DB }

func (db *DB) transactionOf(ctx context.Context) *sqlTransaction {
	t, _ := ctx.Value(transactionKey{db}).(*sqlTransaction)
	return t
}

func (t *sqlTransaction) within(ctx context.Context) context.Context {
	return context.WithValue(ctx, transactionKey{t.db}, t)
}

// enter must be called before the transaction's connection is used, and leave
// after it. It fails if the transaction cannot be used any more, or the context
// has ended: that is looked at between statements, never within one.
func (t *sqlTransaction) enter(ctx context.Context) error {
	t.use.RLock()
	err := t.lost()
	switch {
	case t.ended:
		err = kit.Errorf(kit.Internal, "a transaction was used after its end")
	case err == nil && ctx.Err() != nil:
		err = toDomain(ctx.Err())
	}
	if err != nil {
		t.use.RUnlock()
	}
	return err
}

func (t *sqlTransaction) leave() { t.use.RUnlock() }

// end keeps the transaction from being used any further.
func (t *sqlTransaction) end() {
	t.use.Lock()
	t.ended = true
	t.use.Unlock()
}

// note must be told of a statement's error, and returns it. Some make SQLite
// roll the whole transaction back; what came after would then be kept at once.
func (t *sqlTransaction) note(err error) error {
	if err != nil && t.db.write.conn.raw.AutoCommit() {
		t.broken.CompareAndSwap(nil, &err)
	}
	return err
}

// lost returns why SQLite has rolled the transaction back, or nil.
func (t *sqlTransaction) lost() error {
	if err := t.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// nest runs fn in a savepoint.
func (t *sqlTransaction) nest(ctx context.Context, fn func(ctx context.Context) error) (err error) {
	t.depth++
	name := "nested" + strconv.Itoa(t.depth)
	if err := t.control(ctx, "SAVEPOINT "+name); err != nil {
		t.depth--
		return err
	}
	returned := false
	defer func() {
		t.depth--
		if left := t.unnest(name, returned && err == nil); err == nil {
			err = left
		}
	}()
	err = fn(ctx)
	returned = true
	return err
}

// unnest keeps or undoes what was done since the savepoint. It does so even if
// the context has ended: the rest of the transaction may go on. If it fails, the
// rest may not, since it would keep what it should not.
func (t *sqlTransaction) unnest(name string, keep bool) error {
	ctx := context.Background()
	var err error
	if !keep {
		err = t.control(ctx, "ROLLBACK TO "+name)
	}
	if err == nil {
		err = t.control(ctx, "RELEASE "+name)
	}
	if err != nil {
		t.broken.CompareAndSwap(nil, &err)
	}
	return err
}

func (t *sqlTransaction) control(ctx context.Context, text string) error {
	if err := t.enter(ctx); err != nil {
		return err
	}
	defer t.leave()
	return t.note(toDomain(t.db.write.conn.run(text)))
}
