package postgresstore

import (
	"context"
	"database/sql"
	"strconv"
	"sync/atomic"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// transaction is a transaction under way. It begins with its first statement: until then
// it has no connection.
type transaction struct {
	db      *DB
	begin   string // the text
	emitted atomic.Bool

	turn  chan struct{} // a semaphore of one: held by each statement, it guards what follows
	conn  *sql.Conn
	state transactionState
	cause error // why it is failed or doomed

	// There is a savepoint for each transaction that is nested in this one. One whose
	// changes are kept is not released at once, which would take a round trip, but with the
	// next one, or by the commit.
	depth      int  // how deep transactions are nested
	unreleased bool // there is one more savepoint, of a nested transaction that has ended
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

// run runs a statement, when those of other goroutines have ended.
func (t *transaction) run(ctx context.Context, statement work) error {
	waiting, cancel := context.WithTimeout(ctx, t.db.server.StatementTimeout)
	defer cancel()
	select {
	case t.turn <- struct{}{}:
		defer t.unlock()
		return t.runNow(ctx, statement)
	case <-waiting.Done():
	}
	if ctx.Err() != nil {
		return withCode(ctx.Err())
	}
	return kit.Errorf(kit.Unavailable, "another statement of the transaction did not end in time")
}

func (t *transaction) lock() { t.turn <- struct{}{} }

func (t *transaction) unlock() { <-t.turn }

func (t *transaction) runNow(ctx context.Context, statement work) error {
	if err := t.ready(ctx); err != nil {
		return err
	}
	return t.note(ctx, onConn(ctx, t.conn, statement))
}

// ready begins the transaction, if it has not begun. It fails if the transaction takes no
// statement, or the context has ended.
func (t *transaction) ready(ctx context.Context) (err error) {
	switch {
	case t.state == failed, t.state == doomed:
		return withCode(t.cause)
	case t.state == ended:
		return kit.Errorf(kit.Internal, "the transaction has already ended")
	case ctx.Err() != nil:
		return withCode(ctx.Err())
	case t.conn != nil:
		return nil
	}
	if t.conn, err = t.db.server.take(ctx, t.db.changes); err != nil {
		t.fail(doomed, err)
		return err
	}
	return t.note(ctx, onConn(ctx, t.conn, execute(t.begin)))
}

// note notes what the error of a statement means for the transaction, and returns it
// with its code.
func (t *transaction) note(ctx context.Context, err error) error {
	coded := withContext(ctx, err)
	if isConflict(err) || isStale(err) || isLost(err) || isReadOnly(err) {
		t.fail(doomed, err)
	} else if pq.As(err) != nil {
		t.fail(failed, coded)
	}
	return coded
}

// fail puts the transaction into the state, if that is worse than the one it is in.
func (t *transaction) fail(state transactionState, cause error) {
	if t.state < state {
		t.state, t.cause = state, cause
	}
}

func savepointName(depth int) string { return "nested" + strconv.Itoa(depth) }

// save begins a savepoint, and releases the one before it, in one round trip.
func (t *transaction) save(ctx context.Context) error {
	name := savepointName(t.depth + 1)
	text := "SAVEPOINT " + name
	if t.unreleased {
		text = "RELEASE " + name + "; " + text
	}
	if err := t.run(ctx, execute(text)); err != nil {
		return err
	}
	t.depth++
	t.unreleased = false
	return nil
}

// leave keeps or undoes what was done since the last savepoint, also if the context has
// ended: the rest of the transaction may go on. What has failed cannot be kept: the error
// says why.
func (t *transaction) leave(keep bool) error {
	t.lock()
	defer t.unlock()
	name := savepointName(t.depth)
	t.depth--
	t.unreleased = true
	var failure error
	if t.state == failed {
		failure = t.cause
		t.state, t.cause = active, nil
	}
	if keep && failure == nil {
		return nil
	}
	if err := t.runNow(context.Background(), execute("ROLLBACK TO "+name)); err != nil {
		t.fail(doomed, err)
		return err
	}
	return failure
}

// end waits for statements under way and keeps the transaction from being used further.
// It returns the state before.
func (t *transaction) end() (state transactionState, cause error) {
	t.lock()
	defer t.unlock()
	state, t.state = t.state, ended
	return state, t.cause
}

// commit ends the transaction, whose function has returned err, and commits it if it can
// be. It reports whether it had no effect, and is worth another attempt. Where the
// server does not say whether it has committed, it is not: it may have.
func (t *transaction) commit(ctx context.Context, err error) (again bool, _ error) {
	state, cause := t.end()
	switch {
	case state == doomed:
		return hadNoEffect(cause), withContext(ctx, cause)
	case err != nil:
		return false, err
	case state == failed:
		return false, cause
	case t.conn == nil:
		return false, nil
	}
	if err := onConn(ctx, t.conn, execute("COMMIT")); err != nil {
		if mayHaveRun(err) {
			return false, errUnknown(withContext(ctx, err))
		}
		return hadNoEffect(err), withContext(ctx, err)
	}
	_ = t.conn.Close() // it goes back to the pool
	t.conn = nil
	if t.emitted.Load() {
		t.db.rouse()
	}
	return false, nil
}

// close ends the transaction and undoes what was not committed.
func (t *transaction) close() {
	if _, _ = t.end(); t.conn != nil {
		rollBack(t.conn)
		_ = t.conn.Close() // it goes back to the pool
	}
}
