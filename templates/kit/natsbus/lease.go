package natsbus

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyorder"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// lease is the right of this process to handle a partition for its group. It is a
// message that the server has given to this member: the server gives it to another
// one once it is released, or was not renewed in time.
//
// It lasts no longer than the connection over which it came: only over one
// connection does every message that the server gives to any member arrive here, in
// order.
type lease struct {
	group      *group
	bus        *Bus
	partition  int
	msg        jetstream.Msg
	connection uint64 // the number of the connection

	active   context.Context // ends when no more messages are begun
	end      context.CancelFunc
	handlers context.Context // of handlers; ends when the lease does
	cancel   context.CancelFunc
	expiry   *time.Timer // calls lose
	workers  *keyorder.Workers[*delivery]

	mu      sync.Mutex
	expires time.Time            // zero if it is lost
	begun   bool                 // messages are handled as they come
	unacked map[uint64]*delivery // by sequence
}

// delivery is a message that the server has given to this member.
type delivery struct {
	sequence uint64
	msg      jetstream.Msg // the latest one, if the server gave it more than once
	message  kit.Message
}

// newLease returns a lease for a partition that expires at a time.
func newLease(g *group, p int, m jetstream.Msg, expires time.Time) *lease {
	l := &lease{
		group: g, bus: g.bus, partition: p, msg: m, connection: g.bus.conn.Stats().Reconnects,
		expires: expires, unacked: map[uint64]*delivery{},
	}
	l.active, l.end = context.WithCancel(g.active)
	l.handlers, l.cancel = context.WithCancel(g.handlers)
	l.workers = keyorder.New(l.deliver)
	l.expiry = time.AfterFunc(time.Until(expires), l.lose)
	return l
}

// run handles the partition for as long as the lease is active, and then releases
// it, together with what was not handled.
func (l *lease) run() {
	if l.consume() != nil {
		_ = retry.Pause(l.group.active, longestRound) // whoever is next may fail as well
	}
	l.end()
	l.workers.Close()
	l.release()
}

// consume receives messages until the lease is not active any more. They are handled
// once every message is here that any member was given and has not acknowledged.
func (l *lease) consume() error {
	c, err := l.consumer()
	if err != nil {
		return err
	}
	expiry := max(l.bus.config.Lease/2, time.Second) // the client allows no less
	consuming, err := c.Consume(l.receive,
		jetstream.PullMaxMessages(prefetch),
		jetstream.PullExpiry(expiry),
		jetstream.PullHeartbeat(expiry/2),
		jetstream.ConsumeErrHandler(func(jetstream.ConsumeContext, error) { l.end() })) // messages may have been lost
	if err != nil {
		return err
	}
	if err = l.catchUp(c); err == nil {
		l.begin()
		<-l.active.Done()
	}
	consuming.Drain()
	select {
	case <-consuming.Closed():
	case <-time.After(l.bus.config.Lease / 8): // the connection is gone; what was sent is given again after a while
	}
	return err
}

// consumer returns the group's consumer of the partition, and makes it again if it
// was removed.
func (l *lease) consumer() (jetstream.Consumer, error) {
	want, stream := l.group.consumerConfig(l.partition), l.bus.config.stream(l.partition)
	c, err := l.bus.js.Consumer(l.active, stream, want.Name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return l.bus.js.CreateOrUpdateConsumer(l.active, stream, want)
	}
	return c, err
}

// catchUpInterval is the longest pause before a member asks again whether it has
// every message that was given.
const catchUpInterval = 100 * time.Millisecond

// catchUp waits until every message that was given and not acknowledged is here.
// What was given to a member that has died, or over a connection that was lost, is
// given again only after a while, and later messages of its key must not pass it.
func (l *lease) catchUp(c jetstream.Consumer) error {
	for here, pending := 0, c.CachedInfo().NumAckPending; pending > here; {
		_ = retry.Pause(l.active, catchUpInterval) // the request fails when the lease has ended
		l.mu.Lock()
		here = len(l.unacked) // before the server counts: what comes in between is not yet known to be all
		l.mu.Unlock()
		info, err := c.Info(l.active)
		if err != nil {
			return err
		}
		pending = info.NumAckPending
	}
	return nil
}

// begin has the messages handled that have come so far, the oldest first, and
// later ones as they come.
func (l *lease) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun = true
	for _, sequence := range slices.Sorted(maps.Keys(l.unacked)) {
		d := l.unacked[sequence]
		l.workers.Add(d.message.Key, d)
	}
}

// receive keeps a message until it is acknowledged, and has it handled if it is new.
func (l *lease) receive(m jetstream.Msg) {
	if l.bus.conn.Stats().Reconnects != l.connection {
		l.end() // messages may have been lost in between
	}
	d, ok := l.read(m)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.unacked[d.sequence]; known != nil {
		known.msg = m
		return
	}
	l.unacked[d.sequence] = d
	if l.begun {
		l.workers.Add(d.message.Key, d) // not after the lease has ended
	}
}

// read reads a message. It answers one that is not for this group.
func (l *lease) read(m jetstream.Msg) (d *delivery, ok bool) {
	about, err := m.Metadata()
	if err != nil {
		return nil, false // it did not come from a stream
	}
	message, err := l.bus.subjects.decode(m.Subject(), m.Headers(), m.Data())
	if err != nil {
		_ = m.Term() // it was not published by a bus
		return nil, false
	}
	if _, wanted := slices.BinarySearch(l.group.topics, message.Topic); !wanted || message.Group != "" && message.Group != l.group.name {
		_ = m.Ack() // a server before 2.10 gives more than was asked for
		return nil, false
	}
	return &delivery{sequence: about.Sequence.Stream, msg: m, message: message}, true
}

// errLost keeps a message from being handled when another member may have it.
var errLost = errors.New("the lease is lost")

// deliver delivers a message until it is handled, and acknowledges it, unless the
// lease ends before.
func (l *lease) deliver(d *delivery) {
	err := retry.Until(l.active, func() error {
		if l.remaining() <= 0 {
			return errLost
		}
		return l.group.handler(l.handlers, d.message)
	})
	if err == nil {
		l.acknowledge(d)
	}
}

// acknowledge tells the server that a message was handled. If that gets lost, the
// message is given again after a while, as with every answer to a message.
func (l *lease) acknowledge(d *delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = d.msg.Ack()
	delete(l.unacked, d.sequence)
}

// release lets another member have the lease, and at once the messages that were not
// handled. Without the lease, they are up to the member that has it. No handler may
// be running.
func (l *lease) release() {
	if l.remaining() > 0 {
		l.mu.Lock()
		for _, d := range l.unacked {
			_ = d.msg.Nak()
		}
		l.mu.Unlock()
		_ = l.msg.Nak()
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

// remaining returns for how long no other member can have the lease.
func (l *lease) remaining() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Until(l.expires)
}

// renew asks the server for more time, if it is time: for the lease, and for the
// messages that are being handled under it. It must know that it has the time for the
// lease: progress of messages need not be confirmed.
func (l *lease) renew(ctx context.Context) error {
	asked, duration := time.Now(), l.bus.config.Lease
	if l.remaining() > duration*4/5 {
		return nil
	}
	if _, err := l.bus.conn.RequestWithContext(ctx, l.msg.Reply(), []byte("+WPI")); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Until(l.expires) <= 0 {
		return nil // it stays expired
	}
	l.expires = asked.Add(duration)
	l.expiry.Reset(time.Until(l.expires))
	for _, d := range l.unacked {
		_ = d.msg.InProgress()
	}
	return nil
}
