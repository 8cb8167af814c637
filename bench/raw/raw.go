// Package raw publishes to brokers and consumes from them with their clients alone, as
// one writes it by hand for the guarantees that the kit gives: messages are kept on disk,
// and told when they are; those of a key stay in order, also where one of them fails, and
// across processes, for which they are divided among partitions; those of different keys are
// handled side by side; and each is acknowledged when it was handled, or comes again. Nobody says which process has which partition,
// nothing is reopened that is lost, and there are no messages that wait for a version of a
// service that handles them: none of these is done for each message.
package raw

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

const (
	// partitions are as many as the kit has, and prefetch is how many messages of each
	// wait here to be handled.
	partitions = brokerbus.Partitions
	prefetch   = brokerbus.Prefetch
	// window is how many messages are in flight to the broker, as with the kit.
	window = 2048
	// group is the only one that messages are for.
	group = "mail"
)

// Patience is how long the broker may take to confirm a message: much longer than by default
// with the kit, so that a machine that does other things fails none.
const Patience = time.Minute

// Bus is some partitions on a broker.
type Bus interface {
	// Publish sends messages, and calls taken for each when the broker has confirmed it, or
	// not. It waits for room in the window, and not for that.
	Publish(ctx context.Context, taken func(int, error), msgs ...kit.Message)
	// Subscribe begins to have messages handled.
	Subscribe(ctx context.Context, s kit.Subscription, h kit.Handler) (stop func(context.Context) error, err error)
	// Close ends the connections. Nothing is in flight.
	Close() error
}

// outgoing is a message on its way to the broker.
type outgoing struct {
	kit.Message
	partition int
	taken     func(error)
	next      *outgoing // of its key, which waits for this one
}

// sequence sends one message of a key at a time, so that none is stored behind one that
// failed and is sent again.
type sequence struct {
	send func(*outgoing)
	room chan struct{}

	mu   sync.Mutex
	last map[string]*outgoing // by key
}

func newSequence(send func(*outgoing)) *sequence {
	return &sequence{send: send, room: make(chan struct{}, window), last: map[string]*outgoing{}}
}

// Publish sends each message when those of its key were confirmed.
func (s *sequence) Publish(_ context.Context, taken func(int, error), msgs ...kit.Message) {
	for i, m := range msgs {
		s.room <- struct{}{}
		o := &outgoing{Message: m, partition: brokerbus.PartitionOf(m.Key), taken: func(err error) { taken(i, err) }}
		s.mu.Lock()
		before := s.last[m.Key]
		s.last[m.Key] = o
		if before != nil {
			before.next = o
		}
		s.mu.Unlock()
		if before == nil {
			s.send(o)
		}
	}
}

// done tells what became of a message, and sends the next one of its key, or has it fail.
func (s *sequence) done(o *outgoing, err error) {
	s.mu.Lock()
	next := o.next
	if next == nil {
		delete(s.last, o.Key)
	}
	s.mu.Unlock()
	<-s.room
	o.taken(err)
	switch {
	case next != nil && err != nil:
		s.done(next, err)
	case next != nil:
		s.send(next)
	}
}

// errRefused is why a message is not stored: the broker says no more.
var errRefused = errors.New("the broker did not store the message")

// workers handle messages of different keys side by side, since one that takes long or fails
// must not delay others, and those of a key one after another.
type workers struct {
	ctx     context.Context
	handler kit.Handler

	mu      sync.Mutex
	waiting map[string][]job // by the keys of which one is handled
	working sync.WaitGroup
}

type job struct {
	kit.Message
	handled func()
}

func newWorkers(ctx context.Context, h kit.Handler) *workers {
	return &workers{ctx: ctx, handler: h, waiting: map[string][]job{}}
}

// handleInPlace handles a message until it is handled: if the broker sent it again, that would
// be behind others of its key.
func handleInPlace(ctx context.Context, h kit.Handler, m kit.Message) {
	for h(ctx, m) != nil && ctx.Err() == nil {
		time.Sleep(100 * time.Millisecond) // the pause before another attempt
	}
}

// add has a message handled, and handled called then.
func (w *workers) add(m kit.Message, handled func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if waiting, busy := w.waiting[m.Key]; busy {
		w.waiting[m.Key] = append(waiting, job{m, handled})
		return
	}
	w.waiting[m.Key] = nil
	w.working.Go(func() {
		for j, more := (job{m, handled}), true; more; j, more = w.next(m.Key) {
			handleInPlace(w.ctx, w.handler, j.Message)
			j.handled()
		}
	})
}

// next returns what is to be handled next of a key, if there is anything.
func (w *workers) next(key string) (j job, more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	waiting := w.waiting[key]
	if len(waiting) == 0 {
		delete(w.waiting, key)
		return j, false
	}
	w.waiting[key] = waiting[1:]
	return waiting[0], true
}

// end waits until all is handled.
func (w *workers) end() { w.working.Wait() }
