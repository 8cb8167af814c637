package natsbus

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// lease is the right of this process to handle a partition for its group. It is a
// message that the server has given to this member: the server gives it to another
// one once it is released, or was not renewed in time.
type lease struct {
	group     *group
	partition int
	msg       *nats.Msg

	active   context.Context // ends when no more messages are begun
	end      context.CancelFunc
	handlers context.Context // of handlers; ends when the lease does
	cancel   context.CancelFunc
	expiry   *time.Timer // calls lose

	mu      sync.Mutex
	expires time.Time // zero if it is lost
	session *session  // the latest
}

// newLease returns a lease for a partition that expires at a time.
func newLease(g *group, p int, m *nats.Msg, expires time.Time) *lease {
	l := &lease{group: g, partition: p, msg: m, expires: expires}
	l.active, l.end = context.WithCancel(g.active)
	l.handlers, l.cancel = context.WithCancel(g.handlers)
	l.expiry = time.AfterFunc(time.Until(expires), l.lose)
	return l
}

// run handles the partition for as long as the lease is active, in one session
// after another, and then releases the lease.
func (l *lease) run() {
	defer l.release()
	for l.active.Err() == nil {
		s := newSession(l)
		l.mu.Lock()
		l.session = s
		l.mu.Unlock()
		if s.run() != nil {
			pause(l.active, retryPause)
		}
	}
}

// pause waits for a random time up to a limit, or until ctx ends.
func pause(ctx context.Context, limit time.Duration) {
	t := time.NewTimer(rand.N(limit) + 1)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// release lets another member have the lease. No handler may be running.
func (l *lease) release() {
	l.end()
	if l.valid() {
		l.group.bus.answer(l.msg, nak)
	}
	l.expiry.Stop()
	l.cancel()
}

// lose ends the lease at once, and its handlers: another member may have it.
func (l *lease) lose() {
	l.mu.Lock()
	l.expires = time.Time{}
	l.mu.Unlock()
	l.end()
	l.cancel()
}

// valid reports whether no other member can have the lease.
func (l *lease) valid() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Now().Before(l.expires)
}

// renew asks the server for more time, for the lease and for the messages that are
// being handled under it.
func (l *lease) renew(ctx context.Context) error {
	asked := time.Now()
	if _, err := l.group.bus.conn.RequestWithContext(ctx, l.msg.Reply, progress); err != nil {
		return err
	}
	if s := l.extend(asked.Add(l.group.bus.config.Lease)); s != nil {
		s.renew()
	}
	return nil
}

// extend has the lease expire later, and returns its session. A lease that has
// expired stays expired.
func (l *lease) extend(expires time.Time) *session {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !time.Now().Before(l.expires) {
		return nil
	}
	l.expires = expires
	l.expiry.Reset(time.Until(expires))
	return l.session
}

// restart has the partition handled in a new session.
func (l *lease) restart() {
	l.mu.Lock()
	s := l.session
	l.mu.Unlock()
	if s != nil {
		s.end()
	}
}
