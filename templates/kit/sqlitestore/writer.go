package sqlitestore

import (
	"context"
	"runtime"
	"time"
)

// writer makes changes on the one connection that does, one after another in the order
// of arrival, and commits them in batches: one flush to the disk serves all members of a
// batch (group commit). It goes like this:
//
//  1. A change waits for its turn (turns).
//  2. It joins the open batch, by setting a savepoint, or begins a batch with BEGIN.
//  3. It makes its changes. What has failed is undone, back to the savepoint.
//  4. It hands the turn over to the next change if that can join the batch. Otherwise it
//     commits the batch before it releases the turn.
//  5. It waits until the batch is committed, by itself or by a later member.
//
// No change waits for others to come: a batch is what arrived while the one before it was
// written to the disk, and what can arrive at once if the processor is given to it before
// the commit. A disk that is quick leaves it no other time.
type writer struct {
	conn *nativeConn

	begin, commit, rollback *nativeStmt // of a batch
	save, release, undo     *nativeStmt // of a member

	turns turns
	batch *batch // the open one, or nil; used by the holder of the turn

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

func newWriter(conn *nativeConn) (w *writer, err error) {
	w = &writer{conn: conn, batchSize: 512, batchAge: 5 * time.Millisecond}
	for stmt, text := range map[**nativeStmt]string{
		&w.begin:    "BEGIN IMMEDIATE",
		&w.commit:   "COMMIT",
		&w.rollback: "ROLLBACK",
		&w.save:     "SAVEPOINT member",
		&w.release:  "RELEASE member",
		&w.undo:     "ROLLBACK TO member",
	} {
		if *stmt, err = conn.prepare(text); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// write runs fn as a member of a batch, and returns its error once the batch is
// committed. It reports true if the batch could not be committed, and another member may
// be to blame: then fn has to be run again, alone.
func (w *writer) write(ctx context.Context, t *transaction, fn func(context.Context) error, alone bool) (retry bool, err error) {
	if err := w.turns.take(ctx, alone, w.leave); err != nil {
		return false, err
	}
	if err := w.join(ctx, t, alone); err != nil {
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

// join makes t a member of the open batch, or of a new one. The first member needs no
// savepoint: what undoes it is the rollback of the batch.
func (w *writer) join(ctx context.Context, t *transaction, alone bool) error {
	if ctx.Err() != nil {
		return withCode(ctx.Err())
	}
	if w.batch != nil {
		if err := w.run(w.save); err != nil {
			w.abandon(err)
			return err
		}
		w.batch.members++
		return nil
	}
	if err := w.run(w.begin); err != nil {
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
		return w.run(w.release)
	case t.isFirst:
		w.batch.open = false
		return w.run(w.rollback)
	}
	if err := w.run(w.undo); err != nil {
		return err
	}
	return w.run(w.release)
}

// leave gives the turn to the next change, and commits the batch before that unless the
// next change can join it.
func (w *writer) leave() {
	if w.turns.handOver(w.canJoin) {
		return
	}
	if w.batch != nil {
		runtime.Gosched() // goroutines that are ready can queue up
		if w.turns.handOver(w.canJoin) {
			return
		}
		w.commitBatch()
	}
	w.turns.release()
}

// canJoin reports whether a change can join the open batch.
func (w *writer) canJoin(next *waiter) bool {
	b := w.batch
	return b != nil && b.open && !b.alone && !next.alone && b.members < w.batchSize && time.Since(b.began) <= w.batchAge
}

// commitBatch commits the open batch, if it can be, and tells its members.
func (w *writer) commitBatch() {
	if w.batch.open {
		if err := w.run(w.commit); err != nil {
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
	if !w.conn.raw.AutoCommit() {
		_ = w.run(w.rollback) // if this fails, so will the next BEGIN, with the reason
	}
}

// run runs a statement.
func (w *writer) run(stmt *nativeStmt) error {
	_, err := stmt.exec()
	return withCode(err)
}
