package postgresstore

import (
	"context"
	"sync"
	"time"

	"github.com/lib/pq"
)

// hintLine tells whoever claims, in this process and in others, that there may be
// something to claim. Hints get lost, and that is all right.
type hintLine struct {
	db   *DB
	wake chan struct{} // what Wake returns
	news chan struct{} // something for others to be told

	ctx    context.Context // ends with the database
	cancel context.CancelFunc
	speak  sync.Once
	listen sync.Once
	all    sync.WaitGroup
}

const (
	// hintChannel is the name under which processes tell each other.
	hintChannel = "outbox"
	// hintPause is the shortest time between two notifications: the server commits
	// those that notify one after another, so that one for each change would make
	// all changes wait for each other.
	hintPause = 20 * time.Millisecond
	// hintCheck is how often whoever listens looks whether the server is still there.
	hintCheck = 5 * time.Second
	// hintRetry is the longest time between attempts to listen again.
	hintRetry = 2 * time.Second
)

func newHintLine(db *DB) *hintLine {
	h := &hintLine{db: db, wake: make(chan struct{}, 1), news: make(chan struct{}, 1)}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	return h
}

// Wake returns a channel that receives after messages were committed by this
// process, or by others that say so: see kit.Outbox.
func (db *DB) Wake() <-chan struct{} {
	db.hints.listen.Do(func() { db.hints.start(db.hints.hear) })
	return db.hints.wake
}

// tell wakes this process at once, and others soon. It never waits.
func (h *hintLine) tell() {
	h.speak.Do(func() { h.start(h.pass) })
	hint(h.wake)
	hint(h.news)
}

func hint(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// start runs fn until the database is closed, unless it is.
func (h *hintLine) start(fn func()) {
	if h.db.gate.enter() != nil {
		return
	}
	defer h.db.gate.leave()
	h.all.Go(fn)
}

func (h *hintLine) close() {
	h.cancel()
	h.all.Wait()
}

// pass tells others that there is news, after it is committed and not with it.
func (h *hintLine) pass() {
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-h.news:
		}
		// Where it fails, the others find the messages when they poll.
		_, _ = h.db.kit.notify.apply(h.ctx, hintChannel, h.db.self.String())
		if notBefore(h.ctx, hintPause) != nil {
			return
		}
	}
}

// hear wakes this process when another one tells of news, or may have told while
// nobody listened. It connects again and again, at longer intervals.
func (h *hintLine) hear() {
	for attempt := 1; h.ctx.Err() == nil; attempt++ {
		if conn, err := h.connect(); err == nil {
			attempt = 1
			h.attend(conn)
			_ = conn.Close() // it has nothing to lose
		}
		hint(h.wake)
		if notBefore(h.ctx, min(hintPause<<min(attempt, 10), hintRetry)) != nil {
			return
		}
	}
}

// connect opens a connection that listens.
func (h *hintLine) connect() (*wireConn, error) {
	from := &wireConnector{server: h.db.server, patience: h.db.server.StatementTimeout + answerMargin}
	opened, err := from.Connect(h.ctx)
	if err != nil {
		return nil, err
	}
	conn := opened.(*wireConn)
	pq.SetNotificationHandler(conn.pqConn, func(n *pq.Notification) {
		if n.Extra != h.db.self.String() {
			hint(h.wake)
		}
	})
	if _, err := conn.ExecContext(h.ctx, "LISTEN "+hintChannel, nil); err != nil {
		_ = conn.Close() // it has nothing to lose
		return nil, err
	}
	return conn, nil
}

// attend waits for notifications until the connection is lost. The driver reads
// what has come only where it runs a statement: so it is given one when something
// has come, and now and then to see whether the server is still there.
func (h *hintLine) attend(conn *wireConn) {
	hint(h.wake)
	for {
		conn.link.await(h.ctx, hintCheck)
		if _, err := conn.ExecContext(h.ctx, "SELECT 1", nil); err != nil {
			return
		}
	}
}
