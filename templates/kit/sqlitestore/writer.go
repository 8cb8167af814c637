package sqlitestore

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// writeConn lets one goroutine at a time make changes, in the order of arrival.
// Whoever finishes while others wait passes the turn on without committing; the
// last one commits for the whole group. Nobody waits for company, by any clock: a
// group is what arrived while the one before it was being written to the disk, and
// those that could arrive at once, if the processor were given to them before the
// commit. A disk that is quick leaves them no other time.
//
// A member of a group works in a savepoint, so that its failure undoes its own
// changes alone, and is answered only after the commit.
type writeConn struct {
	conn *nativeConn

	begin, commit, rollback *nativeStmt // of the group
	save, release, undo     *nativeStmt // of a member

	group *commitGroup // touched by whoever has the turn

	// A group takes no more once it has so many members or is so old, so that a
	// steady stream of writers cannot keep the first of them waiting.
	groupSize int
	groupAge  time.Duration

	mu     sync.Mutex // guards what follows
	queue  []*writeTurn
	busy   bool
	closed bool
}

// writeTurn is a place in the queue.
type writeTurn struct {
	ready chan struct{} // closed when it has come
	alone bool          // its group must have no other member
}

// commitGroup is what is committed together.
type commitGroup struct {
	began   time.Time
	members int
	alone   bool
	open    bool          // its transaction can still be committed
	err     error         // why it was not; read it after settled
	settled chan struct{} // closed when it is known
}

func newWriter(conn *nativeConn) (w *writeConn, err error) {
	w = &writeConn{conn: conn, groupSize: 512, groupAge: 5 * time.Millisecond}
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

// write runs fn as a member of a group and returns its error once the group is
// committed. It reports whether the group was lost through no fault of fn, which
// then has to be run again, alone.
func (w *writeConn) write(ctx context.Context, t *sqlTransaction, fn func(context.Context) error, alone bool) (lost bool, err error) {
	if err := w.take(ctx, alone); err != nil {
		return false, err
	}
	if err := w.join(ctx, t, alone); err != nil {
		w.pass()
		return false, err
	}
	group := w.group
	err = w.perform(ctx, t, fn)
	<-group.settled
	if group.err == nil {
		return false, err
	}
	if group.members > 1 {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, group.err
}

// take waits for the turn.
func (w *writeConn) take(ctx context.Context, alone bool) error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return errClosed()
	}
	t := w.enqueue(alone)
	w.mu.Unlock()
	if t == nil {
		return nil
	}
	select {
	case <-t.ready:
		return nil
	case <-ctx.Done():
		w.give(t)
		return toDomain(ctx.Err())
	}
}

// enqueue takes the turn at once, and returns nil, or a place in the queue.
func (w *writeConn) enqueue(alone bool) *writeTurn {
	if !w.busy {
		w.busy = true
		return nil
	}
	t := &writeTurn{ready: make(chan struct{}), alone: alone}
	w.queue = append(w.queue, t)
	return t
}

// give gives up a place in the queue, or the turn if it has come in the
// meantime.
func (w *writeConn) give(t *writeTurn) {
	w.mu.Lock()
	for i, other := range w.queue {
		if other == t {
			w.queue = append(w.queue[:i], w.queue[i+1:]...)
			w.mu.Unlock()
			return
		}
	}
	w.mu.Unlock()
	<-t.ready
	w.pass()
}

// join makes t a member of the open group, or of a new one. The first member
// needs no savepoint: what undoes it is the rollback of the group.
func (w *writeConn) join(ctx context.Context, t *sqlTransaction, alone bool) error {
	if ctx.Err() != nil {
		return toDomain(ctx.Err())
	}
	if w.group != nil {
		if err := w.run(w.save); err != nil {
			w.fail(err)
			return err
		}
		w.group.members++
		return nil
	}
	if err := w.run(w.begin); err != nil {
		w.reset()
		return err
	}
	t.first = true
	w.group = &commitGroup{began: time.Now(), members: 1, alone: alone, open: true, settled: make(chan struct{})}
	return nil
}

// perform runs fn, keeps or undoes what it did, and passes the turn on, also
// where fn panics or ends its goroutine.
func (w *writeConn) perform(ctx context.Context, t *sqlTransaction, fn func(context.Context) error) (err error) {
	returned := false
	defer func() {
		t.end()
		w.finish(t, returned && err == nil)
		w.pass()
	}()
	err = fn(t.within(ctx))
	returned = true
	return err
}

// finish keeps or undoes what a member did.
func (w *writeConn) finish(t *sqlTransaction, keep bool) {
	err := t.lost()
	switch {
	case err != nil, keep && t.first:
	case keep:
		err = w.run(w.release)
	case t.first:
		err = w.run(w.rollback)
		w.group.open = false
	default:
		if err = w.run(w.undo); err == nil {
			err = w.run(w.release)
		}
	}
	if err != nil {
		w.fail(err)
	}
}

// fail gives the open group up.
func (w *writeConn) fail(err error) {
	w.group.open, w.group.err = false, err
	w.reset()
}

// reset leaves no transaction open, whatever went wrong before.
func (w *writeConn) reset() {
	if !w.conn.raw.AutoCommit() {
		_ = w.run(w.rollback) // if this fails, so will the next BEGIN, with the reason
	}
}

// pass gives the turn to the next in the queue, and commits the group before
// that unless the next one can join it.
func (w *writeConn) pass() {
	next := w.companion()
	if next == nil && w.group != nil {
		runtime.Gosched() // who can come now, comes along
		next = w.companion()
	}
	if next != nil {
		close(next.ready)
		return
	}
	w.settle()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		w.busy = false
		return
	}
	close(w.pop().ready)
}

// companion takes the next in the queue from it if it can join the open group.
func (w *writeConn) companion() *writeTurn {
	g := w.group
	if g == nil || !g.open || g.alone || g.members >= w.groupSize || time.Since(g.began) > w.groupAge {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 || w.queue[0].alone {
		return nil
	}
	return w.pop()
}

func (w *writeConn) pop() *writeTurn {
	t := w.queue[0]
	w.queue[0] = nil
	w.queue = w.queue[1:]
	return t
}

// settle commits the open group and answers its members.
func (w *writeConn) settle() {
	g := w.group
	if g == nil {
		return
	}
	if g.open {
		if err := w.run(w.commit); err != nil {
			w.fail(err)
		}
	}
	w.group = nil
	close(g.settled)
}

// run runs a statement.
func (w *writeConn) run(stmt *nativeStmt) error {
	_, err := stmt.exec()
	return toDomain(err)
}

func (w *writeConn) isClosed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

// close refuses further changes, waits for those before it, and keeps the turn.
func (w *writeConn) close() {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.closed = true
	t := w.enqueue(true)
	w.mu.Unlock()
	if t != nil {
		<-t.ready
	}
}
