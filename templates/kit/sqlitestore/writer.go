package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/mattn/go-sqlite3"
)

// writer makes changes on the one connection that does, one after another, and commits
// them in batches: one flush to the disk serves all members of a batch (group commit). It
// goes like this:
//
//  1. A change waits for its turn, and receives the batch that it becomes a member of.
//  2. It begins the batch if it is the first member, and sets a savepoint.
//  3. It makes its changes. What has failed is undone, back to the savepoint.
//  4. The turn goes to another change that waits, with the same batch. If none waits, the
//     batch is committed.
//  5. Its members wait for that.
//
// No change waits for others to come: a batch is what arrived while the one before it was
// written to the disk, and what can arrive at once if the processor is given to it before
// the commit. A disk that is quick leaves it no other time.
type writer struct {
	handle *sql.DB
	conn   *sql.Conn
	files  identities // used by one goroutine at a time

	shared chan *batch   // gives the turn to a change
	alone  chan *batch   // gives the turn to a change that must be the only member of its batch
	left   chan struct{} // gives the turn back

	closing context.Context
	close   context.CancelFunc
}

// batch is changes that are committed together. Who has the turn may use it, and its
// members when it has ended.
type batch struct {
	began   time.Time
	members int
	err     error         // why it cannot be committed
	ended   chan struct{} // closed when it is committed, or given up
}

// batchAge is how old a batch may be to take another member, so that a steady stream of
// writers cannot keep the first of them waiting.
const batchAge = 5 * time.Millisecond

// logLimit is how large the log may stay, in bytes, when nothing in it is needed any more:
// it grows while a long read goes on.
const logLimit = 8 << 20

func openWriter(ctx context.Context, path, options string, files identities) (*writer, error) {
	h, err := open(path, options, 1)
	if err != nil {
		return nil, err
	}
	conn, err := h.Conn(ctx)
	if err == nil {
		// A connection that has not read does not know the log, and would leave it behind.
		_, err = conn.ExecContext(ctx, `SELECT count(*) FROM "sqlite_schema"`)
	}
	if err != nil {
		_ = h.Close() // with its connection; the reason is err
		return nil, err
	}
	w := &writer{handle: h, conn: conn, files: files, shared: make(chan *batch), alone: make(chan *batch), left: make(chan struct{})}
	if err := w.run(fmt.Sprintf("PRAGMA journal_size_limit = %d", logLimit)); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	if err := files.check(); err != nil { // notes them
		return nil, errors.Join(err, h.Close())
	}
	w.closing, w.close = context.WithCancel(context.Background())
	go w.serve()
	return w, nil
}

// Close closes the connection. No change may be under way.
func (w *writer) Close() error {
	w.close()
	_ = w.conn.Close() // it goes back to the handle, which closes it
	return w.handle.Close()
}

// serve gives changes their turns, and commits the batches.
func (w *writer) serve() {
	for {
		b := &batch{ended: make(chan struct{})}
		select {
		case w.shared <- b:
			<-w.left
			for w.passOn(b) {
				<-w.left
			}
		case w.alone <- b:
			<-w.left
		case <-w.closing.Done():
			return
		}
		w.commit(b)
	}
}

// passOn gives the turn to a change that waits to become a member of the batch, and
// reports whether there is one.
func (w *writer) passOn(b *batch) bool {
	if b.err != nil || time.Since(b.began) > batchAge {
		return false
	}
	for range 2 {
		select {
		case w.shared <- b:
			return true
		default:
			runtime.Gosched() // goroutines that are ready can begin to wait
		}
	}
	return false
}

// commit commits the batch, or leaves nothing of it. Only then does it look whether the
// file is still there: one that was removed before the commit is not acknowledged.
func (w *writer) commit(b *batch) {
	if b.err == nil {
		b.err = w.run("COMMIT")
	}
	if b.err == nil {
		b.err = w.files.check()
	}
	if b.err != nil && !w.isAutoCommit() {
		_ = w.run("ROLLBACK") // if this fails, so will the next BEGIN, with the reason
	}
	close(b.ended)
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
