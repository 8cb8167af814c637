package postgresstore

import (
	"context"
	"sync"
	"time"

	"github.com/lib/pq"
)

// notifier wakes those that claim messages, in this process and in others, when there
// may be something to claim (LISTEN and NOTIFY). Notifications may get lost: those that
// claim poll as well.
type notifier struct {
	db      *DB
	wake    chan struct{} // what Wake returns
	unsent  chan struct{} // has a value when other processes are to be notified
	ctx     context.Context
	cancel  context.CancelFunc
	send    sync.Once
	receive sync.Once
	loops   sync.WaitGroup
}

const (
	// notifyChannel is the name under which processes notify each other.
	notifyChannel = "outbox"
	// notifyInterval is the shortest time between two notifications: the server commits
	// those that notify one after another, so that one for each change would make
	// all changes wait for each other.
	notifyInterval = 20 * time.Millisecond
	// listenCheck is how often a connection that listens is checked.
	listenCheck = 5 * time.Second
	// listenRetry is the longest time between attempts to listen again.
	listenRetry = 2 * time.Second
)

func newNotifier(db *DB) *notifier {
	n := &notifier{db: db, wake: make(chan struct{}, 1), unsent: make(chan struct{}, 1)}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	return n
}

// Wake returns a channel that receives after messages were committed by this
// process, or by others that notify it: see kit.Outbox.
func (db *DB) Wake() <-chan struct{} {
	db.notifier.receive.Do(func() { db.notifier.start(db.notifier.receiveLoop) })
	return db.notifier.wake
}

// notify wakes this process at once, and others soon. It never waits.
func (n *notifier) notify() {
	n.send.Do(func() { n.start(n.sendLoop) })
	signal(n.wake)
	signal(n.unsent)
}

// signal puts a value into the channel, unless there is one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// start runs a loop until the database is closed, unless it is.
func (n *notifier) start(loop func()) {
	if n.db.inFlight.Begin() != nil {
		return
	}
	defer n.db.inFlight.End()
	n.loops.Go(loop)
}

func (n *notifier) close() {
	n.cancel()
	n.loops.Wait()
}

// sendLoop notifies other processes, after changes are committed and not with them.
func (n *notifier) sendLoop() {
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-n.unsent:
		}
		// Where it fails, the others find the messages when they poll.
		_, _ = n.db.kit.notify.apply(n.ctx, notifyChannel, n.db.self.String())
		if sleep(n.ctx, notifyInterval) != nil {
			return
		}
	}
}

// receiveLoop wakes this process when another one notifies it, or may have while it did
// not listen. It connects again and again, at longer intervals.
func (n *notifier) receiveLoop() {
	for attempt := 1; n.ctx.Err() == nil; attempt++ {
		if conn, err := n.listen(); err == nil {
			attempt = 1
			n.receiveFrom(conn)
			_ = conn.Close() // it has nothing to lose
		}
		signal(n.wake)
		if sleep(n.ctx, min(notifyInterval<<min(attempt, 10), listenRetry)) != nil {
			return
		}
	}
}

// listen opens a connection that listens.
func (n *notifier) listen() (*serverConn, error) {
	from := &connector{server: n.db.server, timeout: n.db.server.StatementTimeout + answerMargin}
	opened, err := from.Connect(n.ctx)
	if err != nil {
		return nil, err
	}
	conn := opened.(*serverConn)
	pq.SetNotificationHandler(conn.pqConn, func(received *pq.Notification) {
		if received.Extra != n.db.self.String() {
			signal(n.wake)
		}
	})
	if _, err := conn.ExecContext(n.ctx, "LISTEN "+notifyChannel, nil); err != nil {
		_ = conn.Close() // it has nothing to lose
		return nil, err
	}
	return conn, nil
}

// receiveFrom receives notifications until the connection is lost. The driver reads
// them only when it runs a statement: so it is given one when something has come, and
// now and then to see whether the server is still there.
func (n *notifier) receiveFrom(conn *serverConn) {
	signal(n.wake)
	for {
		conn.network.await(n.ctx, listenCheck)
		if _, err := conn.ExecContext(n.ctx, "SELECT 1", nil); err != nil {
			return
		}
	}
}
