package postgresstore

import (
	"context"
	"database/sql"
	"strconv"
	"sync/atomic"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit/internal/delivering"
	"github.com/outgrowkit/outgrow/templates/kit/internal/scope"
)

// transaction is a transaction under way. It begins with its first statement: until then
// it has no connection.
type transaction struct {
	db      *DB
	begin   string // the text
	emitted atomic.Bool

	// What follows is used by one goroutine at a time: see package scope.
	conn  *sql.Conn
	share chan struct{} // that conn is a part of; nil if of none
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
)

type transactionKey struct{ db *DB }

// part is a transaction, or one nested in it.
type part = scope.Scope[*transaction]

// partOf returns what the context is a part of, or nil.
func (db *DB) partOf(ctx context.Context) *part {
	return scope.Of[*transaction](ctx, transactionKey{db})
}

// runIn runs a statement in the part of a transaction.
func runIn(ctx context.Context, p *part, statement work) error {
	return p.Do(ctx, func() error { return p.Transaction.run(ctx, statement) })
}

// nest runs fn in a transaction nested in the part.
func nest(ctx context.Context, p *part, fn func(context.Context) error) error {
	t := p.Transaction
	return p.Nest(ctx, fn, func() error { return t.save(ctx) }, t.leave)
}

// run runs a statement.
func (t *transaction) run(ctx context.Context, statement work) error {
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
	case ctx.Err() != nil:
		return withCode(ctx.Err())
	case t.conn != nil:
		return nil
	}
	if err = t.connect(ctx); err != nil {
		t.fail(doomed, err)
		return err
	}
	return t.note(ctx, onConn(ctx, t.conn, execute(t.begin)))
}

// connect takes a connection. A delivery waits until it is one of so many that there are
// connections left for requests.
func (t *transaction) connect(ctx context.Context) (err error) {
	var share chan struct{}
	if delivering.Is(ctx) {
		share = t.db.shares
		select {
		case share <- struct{}{}:
		case <-ctx.Done():
			return withCode(ctx.Err())
		}
	}
	t.share = share
	if t.conn, err = t.db.server.take(ctx, t.db.changes); err != nil {
		t.disconnect()
	}
	return err
}

// disconnect gives the connection back to the pool, if there is one, with its share.
func (t *transaction) disconnect() {
	if t.conn != nil {
		_ = t.conn.Close() // it goes back to the pool
	}
	if t.share != nil {
		<-t.share
	}
	t.conn, t.share = nil, nil
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
	if err := t.run(context.Background(), execute("ROLLBACK TO "+name)); err != nil {
		t.fail(doomed, err)
		return err
	}
	return failure
}

// commit commits the transaction, whose function has returned err, if it can be. It reports whether it had no effect, and is worth another attempt. Where the
// server does not say whether it has committed, it is not: it may have.
func (t *transaction) commit(ctx context.Context, err error) (again bool, _ error) {
	switch {
	case t.state == doomed:
		return hadNoEffect(t.cause), withContext(ctx, t.cause)
	case err != nil:
		return false, err
	case t.state == failed:
		return false, t.cause
	case t.conn == nil:
		return false, nil
	}
	if err := onConn(ctx, t.conn, execute("COMMIT")); err != nil {
		if mayHaveRun(err) {
			return false, errUnknown(withContext(ctx, err))
		}
		return hadNoEffect(err), withContext(ctx, err)
	}
	t.disconnect()
	if t.emitted.Load() {
		t.db.rouse()
	}
	return false, nil
}

// close undoes what was not committed.
func (t *transaction) close() {
	if t.conn != nil {
		rollBack(t.conn)
		t.disconnect()
	}
}
