package natsbus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyorder"
)

// retryPause is the longest pause before a message is delivered again. How often
// to try, and how patiently, is up to the handler.
const retryPause = 100 * time.Millisecond

// delivery is a message that the server has given to this member.
type delivery struct {
	sequence uint64
	msg      *nats.Msg // the latest one, if the server gave it more than once
	message  kit.Message
	renewed  time.Time
}

// session handles a partition over one connection, on which every message that the
// server gives to any member arrives here, in order.
type session struct {
	lease      *lease
	bus        *Bus
	stream     string
	connection uint64
	active     context.Context // ends when no more messages are begun
	end        context.CancelFunc
	workers    *keyorder.Workers[*delivery]
	begun      bool          // messages are handled as they come
	room       chan struct{} // signalled when more messages may be asked for

	mu      sync.Mutex
	unacked map[uint64]*delivery // by sequence
}

func newSession(l *lease) *session {
	b := l.group.bus
	s := &session{
		lease: l, bus: b, stream: b.config.stream(l.partition), connection: b.connection(),
		room: make(chan struct{}, 1), unacked: map[uint64]*delivery{},
	}
	s.workers = keyorder.New(s.deliver)
	s.active, s.end = context.WithCancel(l.active)
	return s
}

// run handles messages until the session ends, and then has the server give again,
// to whoever is next, what was not handled.
func (s *session) run() error {
	err := s.consume()
	s.end()
	s.workers.Close()
	s.workers.Wait()
	s.releaseUnacked()
	return err
}

// consume begins with the messages that any member was given and has not
// acknowledged, and goes on with new ones.
func (s *session) consume() error {
	c, err := s.consumer()
	if err != nil {
		return err
	}
	if err := s.catchUp(c); err != nil {
		return err
	}
	s.begin()
	return s.follow(c)
}

// consumer returns the group's consumer of the partition, and makes it again if it
// was removed.
func (s *session) consumer() (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(s.active, s.bus.config.ConnectTimeout)
	defer cancel()
	want := s.lease.group.consumerConfig(s.lease.partition)
	c, err := s.bus.js.Consumer(ctx, s.stream, want.Name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return s.bus.js.CreateOrUpdateConsumer(ctx, s.stream, want)
	}
	return c, err
}

// catchUp waits until every message that was given and not acknowledged is here.
// What was given to a member that has died, or over a connection that was lost, is
// given again only after a while, and later messages of its key must not pass it.
func (s *session) catchUp(c jetstream.Consumer) error {
	for pending := c.CachedInfo().NumAckPending; pending > s.countUnacked(); {
		// The wait is shorter than a lease: a message that is given again may go to
		// the request of a member that is frozen, until that request ends.
		err := s.bus.pull(s.active, s.stream, c.CachedInfo().Name, prefetch, s.bus.config.Lease/8, func(m *nats.Msg) { s.receive(m) })
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(s.active, s.bus.config.ConnectTimeout)
		info, err := c.Info(ctx)
		cancel()
		if err != nil {
			return err
		}
		pending = info.NumAckPending
	}
	return nil
}

// begin has the messages handled that have come so far, the oldest first, and
// later ones as they come.
func (s *session) begin() {
	s.mu.Lock()
	var all []*delivery
	for _, sequence := range slices.Sorted(maps.Keys(s.unacked)) {
		all = append(all, s.unacked[sequence])
	}
	s.mu.Unlock()
	s.begun = true
	for _, d := range all {
		s.workers.Add(d.message.Key, d)
	}
}

// follow asks for messages whenever there is room for more, until the session ends.
// After an error, messages may have been lost on their way.
func (s *session) follow(c jetstream.Consumer) error {
	f, err := s.bus.feed(s.stream, c.CachedInfo().Name, prefetch, s.bus.config.Lease/2)
	if err != nil {
		return err
	}
	defer f.end(func(m *nats.Msg) { s.receive(m) })
	msgs := make([]*nats.Msg, 0, ahead)
	for {
		if n := prefetch - s.countUnacked() - f.requested; n >= ahead {
			if err := f.request(n); err != nil {
				return err
			}
		}
		msgs, err = f.next(s.active, s.room, msgs[:0])
		s.receive(msgs...)
		switch {
		case s.active.Err() != nil:
			return nil
		case err != nil:
			return err
		}
	}
}

func (s *session) countUnacked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.unacked)
}

// receive keeps messages until they are acknowledged, and has new ones handled.
func (s *session) receive(msgs ...*nats.Msg) {
	if s.bus.connection() != s.connection {
		s.end() // messages may have been lost in between
	}
	now := time.Now()
	for _, m := range msgs {
		d, ok := s.read(m)
		if !ok {
			continue
		}
		d.renewed = now
		if s.keep(d) && s.begun {
			s.workers.Add(d.message.Key, d) // not after the session has ended
		}
	}
}

// read reads a message. It answers one that is not for this group.
func (s *session) read(m *nats.Msg) (d *delivery, ok bool) {
	seq, ok := sequence(m.Reply)
	if !ok {
		return nil, false // it did not come from a stream
	}
	message, err := s.bus.subjects.decode(m.Subject, m.Header, m.Data)
	if err != nil {
		s.bus.answer(m, term) // it was not published by a bus
		return nil, false
	}
	g := s.lease.group
	if _, wanted := slices.BinarySearch(g.topics, message.Topic); !wanted || message.Group != "" && message.Group != g.name {
		s.bus.answer(m, ack) // a server before 2.10 gives more than was asked for
		return nil, false
	}
	return &delivery{sequence: seq, msg: m, message: message}, true
}

// keep keeps a message until it is acknowledged, and reports whether it is new.
func (s *session) keep(d *delivery) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.unacked[d.sequence]; known != nil {
		known.msg = d.msg
		return false
	}
	s.unacked[d.sequence] = d
	return true
}

// deliver delivers a message until it is handled, and acknowledges it, unless the
// session ends before.
func (s *session) deliver(d *delivery) {
	for s.active.Err() == nil && s.lease.valid() {
		if s.handle(d.message) == nil {
			s.acknowledge(d)
			return
		}
		pause(s.active, retryPause)
	}
}

func (s *session) acknowledge(d *delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bus.answer(d.msg, ack)
	delete(s.unacked, d.sequence)
	if len(s.unacked) == prefetch-ahead {
		select {
		case s.room <- struct{}{}:
		default:
		}
	}
}

// handle calls the handler once, and returns a panic as an error.
func (s *session) handle(m kit.Message) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return s.lease.group.handler(s.lease.handlers, m)
}

// renew tells the server that messages are still being handled.
func (s *session) renew() {
	old := time.Now().Add(-s.bus.config.Lease / 5)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.unacked {
		if d.renewed.Before(old) {
			s.bus.answer(d.msg, progress)
			d.renewed = time.Now()
		}
	}
}

// releaseUnacked has the server give at once what was not handled. Without the
// lease, that is up to the member that has it.
func (s *session) releaseUnacked() {
	if !s.lease.valid() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.unacked {
		s.bus.answer(d.msg, nak)
	}
}
