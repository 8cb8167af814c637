package brokerbus

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyorder"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// Outgoing is a message on its way to the broker.
type Outgoing struct {
	Message kit.Message

	*publication

	index int       // of it in these
	next  *Outgoing // of its key, which waits for it
	last  *Outgoing // of its key, while it is in flight
}

// publication is messages that are published together.
type publication struct {
	publisher *publisher
	failed    map[string]error // by key; what follows of such a key fails, too
	taken     func(i int, err error)
}

// Partition returns the partition of the message's key.
func (o *Outgoing) Partition() int { return PartitionOf(o.Message.Key) }

// Done tells what became of a message: nil if the broker has stored it, Invalid if it
// never will, or why it is not known to have. It may be called more than once, the first
// time counts, and must not be called with a lock that Send takes.
func (o *Outgoing) Done(err error) { o.publisher.complete(o, err) }

// publisher sends messages and reports what became of each. Of each key, one
// message at a time is in flight to the broker; the others of the key wait for it,
// and fail if it does.
type publisher struct {
	driver Driver
	window keyorder.Window
	alive  context.Context // ends when the bus is closed

	mu     sync.Mutex
	flight map[string]*Outgoing // by key

	refused atomic.Pointer[refusal] // the latest, unless a message was stored since
}

// refusal is why a message was not stored, and when.
type refusal struct {
	err error
	at  time.Time
}

// refusalLasts is longer than the pauses between attempts to publish what is in the outbox.
const refusalLasts = 5 * time.Second

// ping returns why the broker has stored nothing lately that was published.
func (p *publisher) ping() error {
	if r := p.refused.Load(); r != nil && time.Since(r.at) < refusalLasts {
		return r.err
	}
	return nil
}

// note notes what became of a message.
func (p *publisher) note(err error, fails bool) {
	if fails {
		p.refused.Store(&refusal{err, time.Now()})
	} else if err == nil && p.refused.Load() != nil {
		p.refused.Store(nil)
	}
}

func newPublisher(alive context.Context, d Driver, window int) *publisher {
	return &publisher{driver: d, window: make(keyorder.Window, window), alive: alive, flight: map[string]*Outgoing{}}
}

// enter waits until there is room for a message. Where there is none, it waits for more, if
// that comes soon: what comes whenever one message was confirmed goes to the broker alone.
func (p *publisher) enter(ctx context.Context) error {
	full := cap(p.window)
	for n := 0; len(p.window) >= full-min(n, 1)*full/4 && n < 10 && retry.Wait(ctx, time.Millisecond/2) == nil; n++ { //nolint:revive // it waits
	}
	return p.window.Enter(ctx)
}

// publish sends a message, or has it wait for an earlier one of its key. There must
// be room for it in the window.
func (p *publisher) publish(o *Outgoing) {
	first, err := p.enqueue(o)
	if err != nil {
		p.report(o, err)
	} else if first {
		p.driver.Send(o)
	}
}

// enqueue reports whether a message is the first of its key, and in flight from now
// on. If not, it waits for an earlier one.
func (p *publisher) enqueue(o *Outgoing) (first bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := context.Cause(p.alive); err != nil {
		return false, err
	}
	key := o.Message.Key
	if cause := o.failed[key]; cause != nil {
		return false, behind(cause)
	}
	if first := p.flight[key]; first != nil {
		first.last.next, first.last = o, o
		return false, nil
	}
	p.flight[key], o.last = o, o
	return true, nil
}

// complete reports what became of a message in flight, and sends the next of its
// key. If it failed, so do those of its key that waited for it, unless it could never
// have been sent.
func (p *publisher) complete(o *Outgoing, err error) {
	fails := err != nil && kit.CodeOf(err) != kit.Invalid
	waiting, first := p.land(o, err, fails)
	if !first {
		return
	}
	p.note(err, fails)
	p.report(o, err)
	if !fails && waiting != nil {
		p.driver.Send(waiting)
		return
	}
	for ; waiting != nil; waiting = waiting.next {
		p.report(waiting, behind(err))
	}
}

// land notes that a message is not in flight any more, and returns the one that waited
// for it. If it fails, so do all that wait; otherwise the next one is in flight now. It
// reports whether this is the first time.
func (p *publisher) land(o *Outgoing, err error, fails bool) (waiting *Outgoing, first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := o.Message.Key
	if p.flight[key] != o {
		return nil, false
	}
	if fails || o.next == nil {
		delete(p.flight, key)
	} else {
		p.flight[key], o.next.last = o.next, o.last
	}
	for failed := o; fails && failed != nil; failed = failed.next {
		failed.failed[key] = err
	}
	return o.next, true
}

// behind is the error of a message that waited for one that failed.
func behind(cause error) error {
	return kit.Wrap(kit.Unavailable, cause, "an earlier message with the same key was not accepted")
}

func (p *publisher) report(o *Outgoing, err error) {
	p.window.Leave()
	o.taken(o.index, err)
}

// close fails the messages in flight, and those that wait. The bus is closed already.
func (p *publisher) close() {
	p.mu.Lock()
	inFlight := slices.Collect(maps.Values(p.flight))
	p.mu.Unlock()
	for _, o := range inFlight {
		p.complete(o, context.Cause(p.alive))
	}
}
