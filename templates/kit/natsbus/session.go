package natsbus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/lanes"
)

// retryPause is the longest pause before a message is delivered again. How often
// to try, and how patiently, is for the handler to decide.
const retryPause = 100 * time.Millisecond

// item is a message that the server has given to this member.
type item struct {
	seq     uint64
	msg     *nats.Msg // the last time that it was given
	message kit.Message
	renewed time.Time
}

// session handles a partition over one connection, during which every message
// that the server gives to anyone arrives here, in order.
type session struct {
	turn       *turn
	bus        *Bus
	stream     string
	connection uint64
	ctx        context.Context // it ends when nothing more is to be begun
	end        context.CancelFunc
	lanes      *lanes.Lanes[item]
	room       chan struct{} // told when there is room for a request

	mu    sync.Mutex
	held  map[uint64]*lanes.Item[item] // what was not acknowledged yet
	begun bool                         // messages are handled as they come
}

func newSession(t *turn) *session {
	s := &session{
		turn: t, bus: t.group.bus, stream: t.group.bus.config.stream(t.partition), connection: t.group.bus.connection(),
		room: make(chan struct{}, 1), held: map[uint64]*lanes.Item[item]{},
	}
	s.lanes = lanes.New(s.work)
	s.ctx, s.end = context.WithCancel(t.open)
	return s
}

// run handles messages until the session ends, and gives back what it did not
// begin with.
func (s *session) run() error {
	defer s.end()
	c, err := s.consumer()
	if err == nil {
		err = s.catchUp(c)
	}
	if err == nil {
		s.begin()
		err = s.follow(c)
	}
	s.end()
	s.lanes.Close()
	s.lanes.Wait()
	s.giveBack()
	return err
}

// consumer returns the group's place, and makes it if somebody has removed it.
func (s *session) consumer() (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(s.ctx, s.bus.config.ConnectTimeout)
	defer cancel()
	want := s.turn.group.consumerConfig(s.turn.partition)
	c, err := s.bus.js.Consumer(ctx, s.stream, want.Name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return s.bus.js.CreateOrUpdateConsumer(ctx, s.stream, want)
	}
	return c, err
}

// catchUp waits until all that the server waits for is here: what it gave to a
// member that has died, or over a connection that was lost, comes again only when
// its time is over, and later messages must not pass it.
func (s *session) catchUp(c jetstream.Consumer) error {
	for unacknowledged := c.CachedInfo().NumAckPending; unacknowledged > s.holds(); {
		if err := s.pull(c, prefetch, s.bus.config.Lease/8); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(s.ctx, s.bus.config.ConnectTimeout)
		info, err := c.Info(ctx)
		cancel()
		if err != nil {
			return err
		}
		unacknowledged = info.NumAckPending
	}
	return nil
}

// begin handles what has come so far, the oldest first.
func (s *session) begin() {
	s.mu.Lock()
	s.begun = true
	var all lanes.Chain[item]
	for _, seq := range slices.Sorted(maps.Keys(s.held)) {
		all.Add(s.held[seq])
	}
	s.mu.Unlock()
	s.lanes.Put(all)
}

// follow asks for messages as there is room for them. An error means that some
// may have been lost on their way.
func (s *session) follow(c jetstream.Consumer) error {
	f, err := s.bus.feed(s.stream, c.CachedInfo().Name, prefetch, s.bus.config.Lease/2)
	if err != nil {
		return err
	}
	defer f.end(func(m *nats.Msg) { s.receive(m) })
	msgs := make([]*nats.Msg, 0, ahead)
	for {
		if n := prefetch - s.holds() - f.asked; n >= ahead {
			if err := f.ask(n); err != nil {
				return err
			}
		}
		msgs, err = f.next(s.ctx, s.room, msgs[:0])
		s.receive(msgs...)
		switch {
		case s.ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
	}
}

// pull asks for messages. It waits for less than a lease: what comes again goes to
// a request of a member that is frozen too, until that ends.
func (s *session) pull(c jetstream.Consumer, n int, d time.Duration) error {
	return s.bus.pull(s.ctx, s.stream, c.CachedInfo().Name, n, d, func(m *nats.Msg) { s.receive(m) })
}

func (s *session) holds() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.held)
}

// receive takes messages, which are begun with when their turn comes.
func (s *session) receive(msgs ...*nats.Msg) {
	if s.bus.connection() != s.connection {
		s.end() // what came between may be lost
	}
	if len(msgs) == 0 {
		return
	}
	now := time.Now()
	items := make([]lanes.Item[item], 0, len(msgs))
	for _, m := range msgs {
		if it, wanted := s.read(m); wanted {
			it.renewed = now
			items = append(items, lanes.Item[item]{Key: it.message.Key, Value: it})
		}
	}
	s.lanes.Put(s.hold(items)) // it is refused when the session has ended
}

// read reads a message, and reports whether this group wants it.
func (s *session) read(m *nats.Msg) (it item, wanted bool) {
	seq, ok := sequence(m.Reply)
	if !ok {
		return it, false // the server would not have sent it
	}
	message, err := s.bus.subjects.decode(m.Subject, m.Header, m.Data)
	if err != nil {
		s.bus.answer(m, term) // no bus has published it
		return it, false
	}
	g := s.turn.group
	if _, wanted := slices.BinarySearch(g.topics, message.Topic); !wanted || message.Group != "" && message.Group != g.name {
		s.bus.answer(m, ack) // not for this group: a server before 2.10 cannot tell
		return it, false
	}
	return item{seq: seq, msg: m, message: message}, true
}

// hold keeps items until they are acknowledged, and returns those that are new and
// may be begun with.
func (s *session) hold(items []lanes.Item[item]) (fresh lanes.Chain[item]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range items {
		it := &items[i]
		if known := s.held[it.Value.seq]; known != nil {
			known.Value.msg = it.Value.msg
			continue
		}
		s.held[it.Value.seq] = it
		if s.begun {
			fresh.Add(it)
		}
	}
	return fresh
}

// work handles a message and acknowledges it.
func (s *session) work(it *item) {
	if !s.persist(it.message) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bus.answer(it.msg, ack)
	delete(s.held, it.seq)
	if len(s.held) == prefetch-ahead {
		select {
		case s.room <- struct{}{}:
		default:
		}
	}
}

// persist delivers a message until it is handled, and reports false if the
// session ended before.
func (s *session) persist(m kit.Message) bool {
	for s.ctx.Err() == nil && s.turn.mine() {
		if s.handle(m) == nil {
			return true
		}
		pause := time.NewTimer(rand.N(retryPause))
		select {
		case <-pause.C:
		case <-s.ctx.Done():
			pause.Stop()
		}
	}
	return false
}

// handle calls the handler once, and takes a panic for an error.
func (s *session) handle(m kit.Message) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return s.turn.group.handler(s.turn.ctx, m)
}

// renew tells the server that messages are still being worked on.
func (s *session) renew() {
	old := time.Now().Add(-s.bus.config.Lease / 5)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, it := range s.held {
		if it.Value.renewed.Before(old) {
			s.bus.answer(it.Value.msg, progress)
			it.Value.renewed = time.Now()
		}
	}
}

// giveBack asks for what was not handled again, at once, for whoever is next.
func (s *session) giveBack() {
	if !s.turn.mine() {
		return // it is another's to ask
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, it := range s.held {
		s.bus.answer(it.Value.msg, nak)
	}
}
