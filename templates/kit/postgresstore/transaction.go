package postgresstore

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// transaction is a transaction under way. It begins with its first statement: until then
// it has no connection.
type transaction struct {
	db      *DB
	emitted atomic.Bool

	use sync.RWMutex // held for reading by each statement, and to end the transaction

	mu         sync.Mutex // guards what follows
	conn       *sql.Conn
	state      transactionState
	cause      error // why it is failed or doomed
	savepoints savepoints
}

// transactionState says what can be done in a transaction.
type transactionState int

const (
	active transactionState = iota
	failed                  // a statement failed: the server takes no other until a savepoint is rolled back
	doomed                  // it cannot be committed, whatever is rolled back: for a conflict, or a lost connection
	ended
)

type transactionKey struct{ db *DB }

func (db *DB) transactionOf(ctx context.Context) *transaction {
	t, _ := ctx.Value(transactionKey{db}).(*transaction)
	return t
}

func (t *transaction) within(ctx context.Context) context.Context {
	return context.WithValue(ctx, transactionKey{t.db}, t)
}

// run runs a statement.
func (t *transaction) run(ctx context.Context, statement func(*sql.Conn) error) error {
	t.use.RLock()
	defer t.use.RUnlock()
	conn, err := t.begun(ctx)
	if err != nil {
		return err
	}
	return t.note(ctx, statement(conn))
}

// execute runs a statement without parameters.
func (t *transaction) execute(ctx context.Context, text string) error {
	return t.run(ctx, func(conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, text)
		return err
	})
}

// begun returns the connection of the transaction, which it begins if it has not begun.
// It fails if the transaction takes no statement, or the context has ended.
func (t *transaction) begun(ctx context.Context) (*sql.Conn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.usable(ctx); err != nil {
		return nil, err
	}
	if t.conn == nil {
		if err := t.begin(ctx); err != nil {
			return nil, err
		}
	}
	return t.conn, nil
}

// usable returns why the transaction takes no statement, or nil.
func (t *transaction) usable(ctx context.Context) error {
	switch t.state {
	case failed, doomed:
		return withCode(t.cause)
	case ended:
		return kit.Errorf(kit.Internal, "the transaction has already ended")
	}
	return withCode(ctx.Err())
}

const beginTransaction = "BEGIN ISOLATION LEVEL SERIALIZABLE"

// begin takes a connection and begins the transaction.
func (t *transaction) begin(ctx context.Context) (err error) {
	if t.conn, err = t.db.server.take(ctx, t.db.changes); err != nil {
		t.fail(doomed, err)
		return err
	}
	if _, err := t.conn.ExecContext(ctx, beginTransaction); err != nil {
		return t.noteLocked(ctx, err)
	}
	return nil
}

// note notes what the error of a statement means for the transaction, and returns it
// with its code.
func (t *transaction) note(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.noteLocked(ctx, err)
}

func (t *transaction) noteLocked(ctx context.Context, err error) error {
	coded := withContext(ctx, err)
	if isConflict(err) || isStaleOrLost(err) {
		t.fail(doomed, err)
	} else if _, ok := errors.AsType[*pq.Error](err); ok {
		t.fail(failed, coded)
	}
	return coded
}

func isStaleOrLost(err error) bool {
	_, stale := errors.AsType[*staleError](err)
	return stale || isLost(err)
}

// fail puts the transaction into the state, if that is worse than the one it is in.
func (t *transaction) fail(state transactionState, cause error) {
	if t.state < state {
		t.state, t.cause = state, cause
	}
}

// end waits for statements under way and keeps the transaction from being used further.
// It returns the state before.
func (t *transaction) end() (state transactionState, cause error) {
	t.use.Lock()
	defer t.use.Unlock()
	state, t.state = t.state, ended
	return state, t.cause
}

// commit ends the transaction, whose function has returned err, and commits it if it can
// be. It reports whether it had no effect, and is worth another attempt. Where the
// server does not say whether it has committed, it is not: it may have.
func (t *transaction) commit(ctx context.Context, err error) (retry bool, _ error) {
	state, cause := t.end()
	switch {
	case state == doomed:
		return isConflict(cause) || mayPass(ctx, cause), withContext(ctx, cause)
	case err != nil:
		return false, err
	case state == failed:
		return false, cause
	case t.conn == nil:
		return false, nil
	}
	if _, err := t.conn.ExecContext(ctx, "COMMIT"); err != nil {
		if lost, ok := errors.AsType[*lostError](err); ok && lost.sent {
			return false, errUnknown(withContext(ctx, err))
		}
		return isConflict(err) || mayPass(ctx, err), withContext(ctx, err)
	}
	t.release()
	if t.emitted.Load() {
		t.db.rouse()
	}
	return false, nil
}

// close ends the transaction and undoes what was not committed.
func (t *transaction) close() {
	_, cause := t.end()
	if t.conn == nil {
		return
	}
	if cause == nil || !isLost(cause) {
		rollBack(t.conn)
	}
	t.release()
}

// release gives the connection back.
func (t *transaction) release() {
	_ = t.conn.Close() // it goes back to the pool
	t.conn = nil
}
