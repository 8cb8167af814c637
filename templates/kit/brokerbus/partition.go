package brokerbus

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyorder"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// Prefetch is how many messages of a partition wait in a member at most, and PrefetchBytes
// how large they are together, if it asks for them, as if all were as the largest lately.
const Prefetch, PrefetchBytes = 256, kit.MaxPageBytes / 4

// Partition is one that this process owns for a group. Its messages are handled in key
// order. P is what a driver knows one of them by, such as its position.
type Partition[P comparable] struct {
	group   *Group
	holds   func() bool
	handled func(P)

	Active   context.Context // ends when no more messages are begun
	end      context.CancelFunc
	handlers context.Context // of handlers; ends when they are cut off, or the partition is lost
	cancel   context.CancelFunc
	Lost     context.Context // ends when another member may own the partition
	lose     context.CancelFunc
	workers  *keyorder.Workers[*delivery[P]]

	more chan struct{} // signalled when there is room for more messages

	mu      sync.Mutex
	waiting map[P]bool // those that were received and not handled
	largest int        // bytes of the largest that came lately
}

// Payload is that of a message, if it is elsewhere while the message waits.
type Payload interface {
	// Open returns it, perhaps after a while. Close follows when it was used.
	Open(ctx context.Context) ([]byte, error)
	Close()
	// Free follows when the message was handled.
	Free()
}

// delivery is a message that was received.
type delivery[P comparable] struct {
	position P
	message  kit.Message
	payload  Payload // nil if the message has it
}

// Own begins to handle a partition that this process owns until while ends: a handler is
// called only while holds, which is called each time. handled is called with the
// position of each message that was handled.
func Own[P comparable](g *Group, while context.Context, holds func() bool, handled func(P)) *Partition[P] {
	p := &Partition[P]{
		group: g, holds: holds, handled: handled, waiting: map[P]bool{}, more: make(chan struct{}, 1),
	}
	p.Active, p.end = context.WithCancel(g.Active)
	p.handlers, p.cancel = context.WithCancel(g.handlers)
	p.Lost, p.lose = context.WithCancel(while) //nolint:gosec // Lose calls it, which is not seen where there is a type parameter
	context.AfterFunc(p.Lost, func() {
		p.end()
		p.cancel()
	})
	p.workers = keyorder.New(p.deliver)
	g.owns(p, true)
	return p
}

// Add has a message handled after those of its key that were added before. Its position
// tells it from the others of the partition.
func (p *Partition[P]) Add(position P, m kit.Message) { p.AddWith(position, m, nil) }

// AddWith is Add for a message whose payload is elsewhere, unless that is nil.
func (p *Partition[P]) AddWith(position P, m kit.Message, payload Payload) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting[position] = true
	p.largest = max(p.largest-p.largest/64, len(m.Payload), 1)
	p.workers.Add(m.Key, &delivery[P]{position, m, payload}) // not after the partition was closed
}

// Room waits until there is room for some messages, and returns for how many.
func (p *Partition[P]) Room() int {
	for {
		p.mu.Lock()
		limit := p.limit()
		room := limit - len(p.waiting)
		p.mu.Unlock()
		if room >= (limit+1)/2 || p.Active.Err() != nil {
			return max(room, 1)
		}
		select {
		case <-p.more:
			continue
		case <-p.Active.Done():
			continue
		case <-time.After(Pause):
		}
		if room > 0 { // the others wait for a key that fails
			return room
		}
	}
}

// limit returns how many messages may wait here. It needs the lock.
func (p *Partition[P]) limit() int { return min(Prefetch, max(1, PrefetchBytes/max(1, p.largest))) }

// received returns how many messages wait here.
func (p *Partition[P]) received() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting)
}

// errLost keeps a message from being handled when another member may have it.
var errLost = errors.New("the partition is lost")

// deliver delivers a message until it is handled, unless the partition ends before.
func (p *Partition[P]) deliver(d *delivery[P]) {
	if retry.Until(p.Active, func() error { return p.handle(d) }) != nil {
		return
	}
	if d.payload != nil {
		d.payload.Free()
	}
	p.settle(d.position)
}

// handle calls the handler.
func (p *Partition[P]) handle(d *delivery[P]) (err error) {
	if d.payload != nil {
		if d.message.Payload, err = d.payload.Open(p.Active); err != nil {
			return err
		}
		defer d.close()
	}
	if p.Lost.Err() != nil || !p.holds() {
		return errLost
	}
	return p.group.handler(p.handlers, d.message)
}

// close lets go of the payload, which may be opened again.
func (d *delivery[P]) close() {
	d.message.Payload = nil
	d.payload.Close()
}

// settle notes that a message was handled.
func (p *Partition[P]) settle(position P) {
	p.mu.Lock()
	delete(p.waiting, position)
	half := len(p.waiting) <= p.limit()/2
	p.mu.Unlock()
	p.handled(position)
	if half {
		select {
		case p.more <- struct{}{}:
		default:
		}
	}
}

// End has no more messages begun.
func (p *Partition[P]) End() { p.end() }

// Lose has no more messages begun, and cancels the handlers of those under way: another
// member may own the partition.
func (p *Partition[P]) Lose() { p.lose() }

// Close has no more messages begun, and waits for those under way.
func (p *Partition[P]) Close() {
	p.end()
	p.workers.Close()
	p.group.owns(p, false)
}
