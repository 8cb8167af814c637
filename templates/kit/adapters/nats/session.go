package nats

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit/ports"
)

// retryPause is the longest pause before a message is delivered again. How often
// to try, and how patiently, is for the handler to decide.
const retryPause = 100 * time.Millisecond

// item is a message that the server has given to this member.
type item struct {
	seq     uint64
	msg     *nats.Msg // the last time that it was given
	message ports.Message
	renewed time.Time
}

// session handles a partition over one connection, during which every message
// that the server gives to anyone arrives here, in order.
type session struct {
	turn       *turn
	bus        *Bus
	connection uint64
	ctx        context.Context // it ends when nothing more is to be begun
	end        context.CancelFunc

	mu      sync.Mutex
	held    map[uint64]*item   // what was not acknowledged yet
	begun   bool               // messages are handled as they come
	lanes   map[string][]*item // what waits for each key that is being handled
	room    chan struct{}      // told when half of the places are free
	working sync.WaitGroup
}

func newSession(t *turn) *session {
	s := &session{
		turn: t, bus: t.group.bus, connection: t.group.bus.connection(),
		held: map[uint64]*item{}, lanes: map[string][]*item{}, room: make(chan struct{}, 1),
	}
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
	s.working.Wait()
	s.giveBack()
	return err
}

// consumer returns the group's place, and makes it if somebody has removed it.
func (s *session) consumer() (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(s.ctx, s.bus.config.ConnectTimeout)
	defer cancel()
	want := s.turn.group.consumerConfig(s.turn.partition)
	c, err := s.bus.js.Consumer(ctx, s.bus.config.Stream, want.Name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return s.bus.js.CreateOrUpdateConsumer(ctx, s.bus.config.Stream, want)
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
	defer s.mu.Unlock()
	s.begun = true
	items := make([]*item, 0, len(s.held))
	for _, it := range s.held {
		items = append(items, it)
	}
	slices.SortFunc(items, func(a, b *item) int { return int(a.seq) - int(b.seq) })
	for _, it := range items {
		s.enqueue(it)
	}
}

// follow asks for messages as there is room for them. An error means that some
// may have been lost on their way.
func (s *session) follow(c jetstream.Consumer) error {
	for {
		n := s.await()
		if n == 0 {
			return nil
		}
		if err := s.pull(c, n, s.bus.config.Lease/2); err != nil {
			return err
		}
	}
}

// pull asks for messages. It waits for less than a lease: what comes again goes to
// a request of a member that is frozen too, until that ends.
func (s *session) pull(c jetstream.Consumer, n int, d time.Duration) error {
	return s.bus.pull(s.ctx, s.bus.config.Stream, c.CachedInfo().Name, n, d, s.receive)
}

// await waits until half of the places are free, and returns how many are; 0 when
// the session has ended.
func (s *session) await() int {
	for s.ctx.Err() == nil {
		if n := s.holds(); n <= prefetch/2 {
			return prefetch - n
		}
		select {
		case <-s.room:
		case <-s.ctx.Done():
		}
	}
	return 0
}

func (s *session) holds() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.held)
}

// receive takes a message, which is begun with when its turn comes.
func (s *session) receive(m *nats.Msg) {
	meta, err := m.Metadata()
	if err != nil {
		return // the server would not have sent it
	}
	message, err := s.bus.subjects.decode(m.Subject, m.Header, m.Data)
	if err != nil {
		s.bus.answer(m, term) // no bus has published it
		return
	}
	g := s.turn.group
	if _, wanted := slices.BinarySearch(g.topics, message.Topic); !wanted || message.Group != "" && message.Group != g.name {
		s.bus.answer(m, ack) // not for this group: a server before 2.10 cannot tell
		return
	}
	if s.bus.connection() != s.connection {
		s.end() // what came between may be lost
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if it := s.held[meta.Sequence.Stream]; it != nil {
		it.msg = m
		return
	}
	it := &item{seq: meta.Sequence.Stream, msg: m, message: message, renewed: time.Now()}
	s.held[it.seq] = it
	if s.begun && s.ctx.Err() == nil {
		s.enqueue(it)
	}
}

// enqueue puts a message at the end of its key's lane. It needs the lock.
func (s *session) enqueue(it *item) {
	waiting, busy := s.lanes[it.message.Key]
	if busy {
		s.lanes[it.message.Key] = append(waiting, it)
		return
	}
	s.lanes[it.message.Key] = nil
	s.working.Go(func() { s.walk(it) })
}

// walk handles a message and all that come after it in its lane.
func (s *session) walk(it *item) {
	for it != nil {
		if !s.persist(it.message) {
			return
		}
		it = s.done(it)
	}
}

// done acknowledges a message and takes the next of the lane.
func (s *session) done(it *item) *item {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bus.answer(it.msg, ack)
	delete(s.held, it.seq)
	if len(s.held) <= prefetch/2 {
		select {
		case s.room <- struct{}{}:
		default:
		}
	}
	key := it.message.Key
	waiting := s.lanes[key]
	if len(waiting) == 0 {
		delete(s.lanes, key)
		return nil
	}
	s.lanes[key] = waiting[1:]
	return waiting[0]
}

// persist delivers a message until it is handled, and reports false if the
// session ended before.
func (s *session) persist(m ports.Message) bool {
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
func (s *session) handle(m ports.Message) (err error) {
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
		if it.renewed.Before(old) {
			s.bus.answer(it.msg, progress)
			it.renewed = time.Now()
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
		s.bus.answer(it.msg, nak)
	}
}
