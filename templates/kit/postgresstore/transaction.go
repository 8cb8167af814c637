package postgresstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
)

const (
	// conflictAttempts is how often a transaction is run for what others changed
	// at the same time.
	conflictAttempts = 20
	// patientAttempts is after how many of them it takes the lane, in which there
	// is one at a time.
	patientAttempts = 3
	// laneWait is how long it waits for the lane at most: whoever has it may be
	// waiting for it.
	laneWait = time.Second
)

// Write runs fn in a transaction, as Within does.
//
// fn must pass on the context that it is given. A change that it makes with
// another one is a transaction of its own, which may wait for this one.
func (db *DB) Write(ctx context.Context, fn func(ctx context.Context) error) error {
	if t := db.transactionOf(ctx); t != nil {
		return t.nest(ctx, fn)
	}
	if err := db.gate.enter(); err != nil {
		return err
	}
	defer db.gate.leave()
	inLane := false
	defer func() {
		if inLane {
			<-db.lane
		}
	}()
	for attempt := 1; ; attempt++ {
		again, err := db.attempt(ctx, fn)
		if !again || attempt >= conflictAttempts || pause(ctx, attempt) != nil {
			return err
		}
		if attempt >= patientAttempts && !inLane {
			inLane = db.takeLane(ctx)
		}
	}
}

// Within runs fn in a transaction: see kit.Transactor.
func (db *DB) Within(ctx context.Context, fn func(ctx context.Context) error) error {
	return db.Write(ctx, fn)
}

// pause waits before another attempt, longer each time, and by chance, so that
// those who were in each other's way part.
func pause(ctx context.Context, attempt int) error {
	limit := min(time.Millisecond<<attempt, 250*time.Millisecond)
	return notBefore(ctx, rand.N(limit))
}

func (db *DB) takeLane(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, laneWait)
	defer cancel()
	select {
	case db.lane <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// attempt runs fn in a transaction once. It reports whether that had no effect,
// and may have one if it is run again.
func (db *DB) attempt(ctx context.Context, fn func(ctx context.Context) error) (again bool, err error) {
	if ctx.Err() != nil {
		return false, toDomain(ctx.Err())
	}
	t := &sqlTransaction{db: db}
	committed := false
	defer func() {
		t.end()
		if !committed {
			t.rollback()
		}
		t.close()
	}()
	err = fn(t.within(ctx))
	t.end()
	if t.unreached != nil {
		return false, t.unreached
	}
	if cause := t.why(); cause != nil {
		return isConflict(cause) || mayPass(ctx, cause), withContext(ctx, cause)
	}
	if err == nil {
		err = t.aborted
	}
	if err != nil {
		return false, err
	}
	again, err = t.commit(ctx)
	committed = err == nil
	if committed && t.emitted.Load() {
		db.hints.tell()
	}
	return again, err
}

// sqlTransaction is a change under way. It begins with its first statement.
type sqlTransaction struct {
	db *DB

	opening   sync.Mutex  // guards what follows
	conn      *pooledConn // nil until then
	unreached error       // why there is none
	mark      *inboxMark  // to be kept when it begins

	depth   int // how many savepoints are open within it
	loose   int // the depth of one that has ended and is yet to be released; 0 is none
	emitted atomic.Bool
	broken  atomic.Pointer[error] // why it cannot be committed, whatever is undone
	aborted error                 // why the server takes nothing more of it, until that is undone

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
// has ended.
func (t *sqlTransaction) enter(ctx context.Context) error {
	t.use.RLock()
	err := t.why()
	switch {
	case t.ended:
		err = kit.Errorf(kit.Internal, "a transaction was used after its end")
	case err != nil:
		err = toDomain(err)
	case ctx.Err() != nil:
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

// run runs fn on the transaction's connection, and notes what its error means.
func (t *sqlTransaction) run(ctx context.Context, fn func(*sql.Conn) error) error {
	if err := t.enter(ctx); err != nil {
		return err
	}
	defer t.leave()
	if t.aborted != nil {
		return t.aborted
	}
	err := t.open(ctx)
	if err == nil {
		err = fn(t.conn.Conn)
	}
	if err == nil || t.unreached != nil {
		return err
	}
	told := withContext(ctx, err)
	if isConflict(err) || isStaleOrLost(err) {
		t.broken.CompareAndSwap(nil, &err)
	} else if _, ok := errors.AsType[*pq.Error](err); ok {
		t.aborted = told
	}
	return told
}

// open begins the transaction, unless it has begun, with the mark that is to be kept
// in it.
func (t *sqlTransaction) open(ctx context.Context) error {
	t.opening.Lock()
	defer t.opening.Unlock()
	if t.conn != nil || t.unreached != nil {
		return t.unreached
	}
	if t.conn, t.unreached = t.db.changes.take(ctx); t.unreached != nil {
		return t.unreached
	}
	text := "BEGIN ISOLATION LEVEL SERIALIZABLE"
	if t.mark == nil {
		_, err := t.conn.ExecContext(ctx, text)
		return err
	}
	result, err := t.conn.ExecContext(ctx, text+"; "+t.mark.insertion())
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return cmp.Or(err, error(errMarkedMeanwhile))
	}
	return nil
}

// isUntouched reports whether nothing was done in the transaction.
func (t *sqlTransaction) isUntouched() bool {
	t.opening.Lock()
	defer t.opening.Unlock()
	return t.conn == nil && t.unreached == nil && t.mark == nil
}

// postpone has a mark kept when the transaction begins, or at its end. It reports
// false where the transaction has begun in the meantime.
func (t *sqlTransaction) postpone(m *inboxMark) bool {
	t.opening.Lock()
	defer t.opening.Unlock()
	if t.conn != nil || t.mark != nil {
		return false
	}
	t.mark = m
	return true
}

// close gives the connection back.
func (t *sqlTransaction) close() {
	if t.conn != nil {
		_ = t.conn.Close() // it goes back to the pool
	}
}

func isStaleOrLost(err error) bool {
	_, stale := errors.AsType[*staleError](err)
	return stale || isLost(err)
}

// why returns why the transaction cannot be committed, or nil.
func (t *sqlTransaction) why() error {
	if err := t.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// control runs a statement that begins, saves or undoes.
func (t *sqlTransaction) control(ctx context.Context, text string) error {
	return t.run(ctx, func(conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, text)
		return err
	})
}

// commit commits, or keeps the mark of what had no other effect. Where the server does not say whether it has, nobody knows, and
// it must not be tried again.
func (t *sqlTransaction) commit(ctx context.Context) (again bool, err error) {
	if t.conn == nil {
		if t.mark != nil {
			err = t.db.marks.keeps.do(ctx, t.mark)
		}
		return false, err
	}
	_, err = t.conn.ExecContext(ctx, "COMMIT")
	if err == nil {
		return false, nil
	}
	if e, ok := errors.AsType[*lostError](err); ok && e.sent {
		return false, errUnknown(withContext(ctx, err))
	}
	return isConflict(err) || mayPass(ctx, err), withContext(ctx, err)
}

// rollback undoes everything, or gives the connection up, which does the same.
func (t *sqlTransaction) rollback() {
	if cause := t.why(); t.conn == nil || cause != nil && isLost(cause) {
		return
	}
	undo(t.conn.Conn)
}

// nest runs fn in a savepoint.
func (t *sqlTransaction) nest(ctx context.Context, fn func(ctx context.Context) error) (err error) {
	if err := t.save(ctx); err != nil {
		return err
	}
	returned := false
	defer func() {
		if left := t.unnest(returned && err == nil); err == nil {
			err = left
		}
	}()
	err = fn(ctx)
	returned = true
	return err
}

// save begins a savepoint, and releases the one before it, in one round trip.
func (t *sqlTransaction) save(ctx context.Context) error {
	name := savepoint(t.depth + 1)
	text := "SAVEPOINT " + name
	if t.loose == t.depth+1 {
		text = "RELEASE " + name + "; " + text
	}
	if err := t.control(ctx, text); err != nil {
		return err
	}
	t.depth++
	t.loose = 0
	return nil
}

func savepoint(depth int) string { return "nested" + strconv.Itoa(depth) }

// unnest keeps or undoes what was done since the savepoint, also if the context
// has ended: the rest of the transaction may go on. What is kept needs no round
// trip: the savepoint is released by the next one, or by the commit.
func (t *sqlTransaction) unnest(keep bool) error {
	depth := t.depth
	t.depth--
	t.loose = depth
	failure := t.aborted
	if keep && failure == nil {
		return nil
	}
	t.aborted = nil
	if err := t.control(context.Background(), "ROLLBACK TO "+savepoint(depth)); err != nil {
		t.broken.CompareAndSwap(nil, &err)
		return err
	}
	return failure
}

// alone runs fn as a change that is one statement, and is committed with it. fn is
// run again only where it had no effect.
func (db *DB) alone(ctx context.Context, fn func(*sql.Conn) error) error {
	for attempt := 1; ; attempt++ {
		err := db.with(ctx, db.changes, fn)
		lost, isLost := errors.AsType[*lostError](err)
		switch {
		case err == nil:
			return nil
		case isLost && lost.sent:
			return errUnknown(err)
		case isConflict(err) && attempt < conflictAttempts, mayPass(ctx, err) && attempt < readAttempts:
			if pause(ctx, attempt) != nil {
				return err
			}
		default:
			return err
		}
	}
}
