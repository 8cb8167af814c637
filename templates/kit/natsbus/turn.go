package natsbus

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// turn is the right to handle a partition, until it is given back or its lease ends.
type turn struct {
	group     *group
	partition int
	msg       *nats.Msg

	ctx  context.Context // of handlers
	cut  context.CancelFunc
	open context.Context // it ends when nothing more is to be begun
	shut context.CancelFunc

	mu      sync.Mutex
	until   time.Time
	lost    bool
	expiry  *time.Timer
	session *session
}

func newTurn(g *group, p int, m *nats.Msg, until time.Time) *turn {
	t := &turn{group: g, partition: p, msg: m, until: until}
	t.ctx, t.cut = context.WithCancel(g.ctx)
	t.open, t.shut = context.WithCancel(g.halt)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expiry = time.AfterFunc(time.Until(until), t.lose)
	return t
}

// run handles the partition until the turn ends.
func (t *turn) run() {
	for t.open.Err() == nil {
		s := newSession(t)
		t.mu.Lock()
		t.session = s
		t.mu.Unlock()
		if err := s.run(); err != nil {
			t.rest()
		}
	}
	t.giveBack()
}

// rest waits a little before another try.
func (t *turn) rest() {
	pause := time.NewTimer(rand.N(retryPause) + 1)
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-t.open.Done():
	}
}

// giveBack lets another member have the turn.
func (t *turn) giveBack() {
	t.shut()
	if t.mine() {
		t.group.bus.answer(t.msg, nak)
	}
	t.mu.Lock()
	t.expiry.Stop()
	t.mu.Unlock()
	t.cut()
}

// yield ends the turn when the handlers under way have returned.
func (t *turn) yield() { t.shut() }

// lose ends the turn now: it may be another's.
func (t *turn) lose() {
	t.mu.Lock()
	t.lost = true
	t.mu.Unlock()
	t.shut()
	t.cut()
}

// mine reports whether no other member can have the turn.
func (t *turn) mine() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.lost && time.Now().Before(t.until)
}

// renew extends the lease. An answer that comes after its end is worth nothing.
func (t *turn) renew(ctx context.Context) error {
	asked := time.Now()
	if _, err := t.group.bus.conn.RequestWithContext(ctx, t.msg.Reply, progress); err != nil {
		return err
	}
	if !t.mine() {
		return nil
	}
	t.mu.Lock()
	t.until = asked.Add(t.group.bus.config.Lease)
	t.expiry.Reset(time.Until(t.until))
	s := t.session
	t.mu.Unlock()
	if s != nil {
		s.renew()
	}
	return nil
}

// interrupt begins the partition anew.
func (t *turn) interrupt() {
	t.mu.Lock()
	s := t.session
	t.mu.Unlock()
	if s != nil {
		s.end()
	}
}
