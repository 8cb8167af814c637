package sqlitestore

import (
	"context"
	"database/sql"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/mattn/go-sqlite3"
)

// writer makes changes on the one connection that does, one after another, and commits
// them in batches: one flush to the disk serves all members of a batch (group commit). It
// goes like this:
//
//  1. A change waits for its turn, which a semaphore of one gives.
//  2. It joins the open batch, by setting a savepoint, or begins a batch with BEGIN.
//  3. It makes its changes. What has failed is undone, back to the savepoint.
//  4. It commits the batch, unless another change waits for its turn: that one joins the
//     batch, and commits it or leaves it to the next in the same way.
//  5. It waits until the batch is committed, by itself or by a later member.
//
// No change waits for others to come: a batch is what arrived while the one before it was
// written to the disk, and what can arrive at once if the processor is given to it before
// the commit. A disk that is quick leaves it no other time.
type writer struct {
	conn *sql.Conn

	turn    chan struct{} // the semaphore
	waiting atomic.Int64  // how many changes wait for it
	batch   *batch        // the open one, or nil; used by the holder of the turn

	// A batch takes no more once it has so many members or is so old, so that a
	// steady stream of writers cannot keep the first of them waiting.
	batchSize int
	batchAge  time.Duration
}

// batch is changes that are committed together.
type batch struct {
	began   time.Time
	members int
	alone   bool          // it takes no other member
	open    bool          // its transaction can be committed
	err     error         // why it was not; read it after ended
	ended   chan struct{} // closed when it is committed, or cannot be
}

func newWriter(conn *sql.Conn) *writer {
	return &writer{conn: conn, turn: make(chan struct{}, 1), batchSize: 512, batchAge: 5 * time.Millisecond}
}

// write runs fn as a member of a batch, and returns its error once the batch is
// committed. It reports true if the batch could not be committed, and another member may
// be to blame: then fn has to be run again, alone.
func (w *writer) write(ctx context.Context, t *transaction, fn func(context.Context) error, alone bool) (retry bool, err error) {
	if err := w.takeTurn(ctx); err != nil {
		return false, err
	}
	if err := w.join(t, alone); err != nil {
		w.leave()
		return false, err
	}
	b := w.batch
	err = w.perform(ctx, t, fn)
	<-b.ended
	switch {
	case b.err == nil:
		return false, err
	case b.members > 1:
		return true, nil
	case err != nil:
		return false, err
	default:
		return false, b.err
	}
}

// takeTurn waits for the turn, until the context ends.
func (w *writer) takeTurn(ctx context.Context) error {
	if ctx.Err() != nil {
		return withCode(ctx.Err())
	}
	w.waiting.Add(1)
	select {
	case w.turn <- struct{}{}:
		w.waiting.Add(-1)
		return nil
	case <-ctx.Done():
		w.waiting.Add(-1)
		w.tryCommit() // a batch may have been left to this change
		return withCode(ctx.Err())
	}
}

// leave gives the turn to the next change, and commits the batch before that unless the
// next change can join it.
func (w *writer) leave() {
	if w.batch != nil && !w.isLeftToNext() {
		runtime.Gosched() // goroutines that are ready can begin to wait
		if !w.isLeftToNext() {
			w.commitBatch()
		}
	}
	<-w.turn
	w.tryCommit() // the change that was waiting may have given up
}

// isLeftToNext reports whether the open batch can be left to a change that waits.
func (w *writer) isLeftToNext() bool { return w.waiting.Load() > 0 && w.canJoin(false) }

// tryCommit commits the open batch if nobody has the turn or waits for it.
func (w *writer) tryCommit() {
	if w.waiting.Load() > 0 {
		return
	}
	select {
	case w.turn <- struct{}{}:
		if w.batch != nil {
			w.commitBatch()
		}
		<-w.turn
	default:
	}
}

// canJoin reports whether a change can join the open batch.
func (w *writer) canJoin(alone bool) bool {
	b := w.batch
	return b.open && !b.alone && !alone && b.members < w.batchSize && time.Since(b.began) <= w.batchAge
}

// join makes t a member of the open batch, or of a new one. The first member needs no
// savepoint: what undoes it is the rollback of the batch.
func (w *writer) join(t *transaction, alone bool) error {
	if w.batch != nil && !w.canJoin(alone) {
		w.commitBatch()
	}
	if w.batch != nil {
		if err := w.run("SAVEPOINT member"); err != nil {
			w.abandon(err)
			return err
		}
		w.batch.members++
		return nil
	}
	if err := w.run("BEGIN IMMEDIATE"); err != nil {
		w.reset()
		return err
	}
	t.isFirst = true
	w.batch = &batch{began: time.Now(), members: 1, alone: alone, open: true, ended: make(chan struct{})}
	return nil
}

// perform runs fn, keeps or undoes what it did, and leaves, also where fn panics or ends
// its goroutine.
func (w *writer) perform(ctx context.Context, t *transaction, fn func(context.Context) error) (err error) {
	returned := false
	defer func() {
		if err := w.finish(t, returned && err == nil); err != nil {
			w.abandon(err)
		}
		w.leave()
	}()
	err = fn(t.within(ctx))
	returned = true
	return err
}

// finish ends a member's transaction, and keeps or undoes what it did. After an error the
// batch cannot be committed.
func (w *writer) finish(t *transaction, keep bool) error {
	if err := t.end(); err != nil {
		return err
	}
	switch {
	case keep && t.isFirst:
		return nil
	case keep:
		return w.run("RELEASE member")
	case t.isFirst:
		w.batch.open = false
		return w.run("ROLLBACK")
	}
	return w.run("ROLLBACK TO member; RELEASE member")
}

// commitBatch commits the open batch, if it can be, and tells its members.
func (w *writer) commitBatch() {
	if w.batch.open {
		if err := w.run("COMMIT"); err != nil {
			w.abandon(err)
		}
	}
	close(w.batch.ended)
	w.batch = nil
}

// abandon gives the open batch up: it is not committed.
func (w *writer) abandon(cause error) {
	w.batch.open, w.batch.err = false, cause
	w.reset()
}

// reset leaves no transaction open, whatever went wrong before.
func (w *writer) reset() {
	if !w.isAutoCommit() {
		_ = w.run("ROLLBACK") // if this fails, so will the next BEGIN, with the reason
	}
}

// isAutoCommit reports whether no transaction is open.
func (w *writer) isAutoCommit() (is bool) {
	_ = w.conn.Raw(func(c any) error { // fails only where the connection is closed
		is = c.(*sqlite3.SQLiteConn).AutoCommit()
		return nil
	})
	return is
}

// run runs statements without parameters, whatever becomes of the caller.
func (w *writer) run(text string) error {
	_, err := w.conn.ExecContext(context.Background(), text)
	return withCode(err)
}
