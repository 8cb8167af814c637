package natsbus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// outgoing is a message to be sent.
type outgoing struct {
	msg       *nats.Msg
	key       string
	partition int
	batch     *batch
	index     int // in the batch
	sent      time.Time
}

// batch is what one call of Publish publishes.
type batch struct {
	taken  func(int, error)
	failed map[string]error // by key; what follows in the batch of such a key fails, too
}

// publisher sends messages and reports what became of each. Of each key, one
// message at a time is in flight to the server; the others of the key wait for it.
//
// It does what jetstream.PublishAsync does, except for two things there that break
// the order of a key: it does not retry a message after later ones were sent, and
// holds no lock while it reports a failure.
type publisher struct {
	config Config
	window chan struct{} // a semaphore: holds one for each message
	conn   *nats.Conn
	inbox  string // of answers, followed by the number of a message
	closed chan struct{}
	work   sync.WaitGroup

	mu       sync.Mutex
	waiting  map[string][]*outgoing // by key, for the one in flight; a key is there while one is
	inFlight map[uint64]*outgoing   // by number
	number   uint64                 // of the latest message
	answered [partitions]answer     // the latest of each partition
}

// answer is when the server answered which message.
type answer struct {
	number uint64
	at     time.Time
}

func newPublisher(c Config) *publisher {
	return &publisher{
		config: c, window: make(chan struct{}, c.Window), closed: make(chan struct{}),
		waiting: map[string][]*outgoing{}, inFlight: map[uint64]*outgoing{},
	}
}

func (p *publisher) start(conn *nats.Conn) error {
	p.conn, p.inbox = conn, conn.NewInbox()+"."
	answers, err := conn.Subscribe(p.inbox+"*", p.receive)
	if err != nil {
		return err
	}
	// No answer may be dropped if taken is slow. There are never more than messages.
	if err := answers.SetPendingLimits(-1, -1); err != nil {
		return err
	}
	p.work.Go(p.watch)
	return nil
}

// acquire waits until one more message may be published.
func (p *publisher) acquire(ctx context.Context) error {
	select {
	case p.window <- struct{}{}:
		return nil
	default:
	}
	select {
	case p.window <- struct{}{}:
		return nil
	case <-p.closed:
		return errClosed()
	case <-ctx.Done():
		return kit.Wrap(kit.Unavailable, ctx.Err(), "the bus is full")
	}
}

// publish sends a message, or has it wait for an earlier one of its key.
func (p *publisher) publish(o *outgoing) {
	p.mu.Lock()
	if p.isClosed() {
		p.mu.Unlock()
		p.report(o, errClosed())
		return
	}
	if cause := o.batch.failed[o.key]; cause != nil {
		p.mu.Unlock()
		p.report(o, behind(cause))
		return
	}
	if waiting, inFlight := p.waiting[o.key]; inFlight {
		p.waiting[o.key] = append(waiting, o)
		p.mu.Unlock()
		return
	}
	p.waiting[o.key] = nil
	number := p.takeOff(o)
	p.mu.Unlock()
	if err := p.send(number, o); err != nil {
		p.complete(number, err)
	}
}

func (p *publisher) isClosed() bool {
	select {
	case <-p.closed:
		return true
	default:
		return false
	}
}

// takeOff notes that a message is in flight. It needs the lock.
func (p *publisher) takeOff(o *outgoing) (number uint64) {
	p.number++
	o.sent = time.Now()
	p.inFlight[p.number] = o
	return p.number
}

// send writes a message to the connection.
func (p *publisher) send(number uint64, o *outgoing) error {
	o.msg.Reply = p.inbox + strconv.FormatUint(number, 36)
	err := p.conn.PublishMsg(o.msg)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrMaxPayload):
		return kit.Wrap(kit.Invalid, err, fmt.Sprintf("a message of %d bytes is larger than NATS allows", len(o.msg.Data)))
	case errors.Is(err, nats.ErrReconnectBufExceeded):
		return kit.Errorf(kit.Unavailable, "there is no connection to NATS at %s", p.config.servers())
	}
	return kit.Wrap(kit.Unavailable, err, "cannot write to NATS at "+p.config.servers())
}

// receive receives the answer to a message.
func (p *publisher) receive(m *nats.Msg) {
	number, err := strconv.ParseUint(m.Subject[len(p.inbox):], 36, 64)
	if err != nil {
		return // it is not an answer to a message
	}
	p.mu.Lock()
	if o := p.inFlight[number]; o != nil && number > p.answered[o.partition].number {
		p.answered[o.partition] = answer{number, time.Now()}
	}
	p.mu.Unlock()
	p.complete(number, verdict(m))
}

// complete reports what became of a message in flight, and sends the next of its
// key.
func (p *publisher) complete(number uint64, err error) {
	for {
		done, waiting, next, nextNumber := p.land(number, err)
		if done == nil {
			return
		}
		p.report(done, err)
		for _, o := range waiting {
			p.report(o, behind(err))
		}
		if next == nil {
			return
		}
		if err = p.send(nextNumber, next); err == nil {
			return
		}
		number = nextNumber
	}
}

// land notes that a message is not in flight any more, and returns it with those
// that fail with it, or the next of its key, which is in flight now. It returns nil
// if another goroutine was faster.
func (p *publisher) land(number uint64, err error) (done *outgoing, failed []*outgoing, next *outgoing, nextNumber uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if done = p.inFlight[number]; done == nil {
		return nil, nil, nil, 0
	}
	delete(p.inFlight, number)
	waiting := p.waiting[done.key]
	if fails(err) {
		delete(p.waiting, done.key)
		for _, o := range append([]*outgoing{done}, waiting...) {
			o.batch.failed[o.key] = err
		}
		return done, waiting, nil, 0
	}
	if len(waiting) == 0 {
		delete(p.waiting, done.key)
		return done, nil, nil, 0
	}
	p.waiting[done.key] = waiting[1:]
	return done, nil, waiting[0], p.takeOff(waiting[0])
}

// fails reports whether what waits behind a message fails with it. It does not if
// the message could never have been sent.
func fails(err error) bool { return err != nil && kit.CodeOf(err) != kit.Invalid }

// behind is the error of a message that waited for one that failed.
func behind(cause error) error {
	return kit.Wrap(kit.Unavailable, cause, "an earlier message with the same key was not accepted")
}

func (p *publisher) report(o *outgoing, err error) {
	<-p.window
	o.batch.taken(o.index, err)
}

// watch fails messages that the server does not answer in time.
func (p *publisher) watch() {
	tick := time.NewTicker(p.config.PublishTimeout / 20)
	defer tick.Stop()
	for {
		select {
		case <-p.closed:
			return
		case now := <-tick.C:
			p.fail(func(number uint64, o *outgoing) bool { return p.overdue(number, o, now) },
				kit.Errorf(kit.Unavailable, "NATS at %s did not confirm within %v", p.config.servers(), p.config.PublishTimeout))
		}
	}
}

// overdue reports whether the answer to a message is overdue. A server that is slow
// still answers the messages of a stream in order: time counts from its latest
// answer, unless that was to a later message. It needs the lock.
func (p *publisher) overdue(number uint64, o *outgoing, now time.Time) bool {
	since := o.sent
	if latest := p.answered[o.partition]; latest.number < number && latest.at.After(since) {
		since = latest.at
	}
	return now.Sub(since) >= p.config.PublishTimeout
}

// disconnected fails all messages in flight, whose answers are lost.
func (p *publisher) disconnected(cause error) {
	if cause == nil {
		cause = nats.ErrDisconnected
	}
	p.fail(all, kit.Wrap(kit.Unavailable, cause, "the connection to NATS at "+p.config.servers()+" was lost"))
}

func all(uint64, *outgoing) bool { return true }

// fail fails those messages in flight that the function selects.
func (p *publisher) fail(selected func(uint64, *outgoing) bool, err error) {
	var failed []uint64
	p.mu.Lock()
	for number, o := range p.inFlight {
		if selected(number, o) {
			failed = append(failed, number)
		}
	}
	p.mu.Unlock()
	for _, number := range failed {
		p.complete(number, err)
	}
}

// close fails all messages, and those that are published later.
func (p *publisher) close() {
	p.mu.Lock()
	if !p.isClosed() {
		close(p.closed)
	}
	p.mu.Unlock()
	p.fail(all, errClosed())
	p.work.Wait()
}
