// Package chanbus is a bus within the process. It keeps nothing: a message is the
// publisher's until every group has handled it, so with an outbox behind the bus
// nothing is lost.
package chanbus

import (
	"context"
	"slices"
	"sync"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Config says how much the bus holds.
type Config struct {
	// Window is how many messages may be under way before Publish blocks; 0 is
	// 10,000.
	Window int
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	if c.Window < 0 || c.Window > 1_000_000 {
		report("Window", "must be from 1 to 1000000, or 0 for the default")
	}
}

// Bus is a kit.Bus within one process.
type Bus struct {
	underWay chan struct{} // a semaphore: holds one for each message

	mu     sync.Mutex
	groups map[string]*group
	topics map[string][]*group
	closed bool
}

// New returns a bus.
func New(c Config) *Bus {
	if c.Window == 0 {
		c.Window = 10_000
	}
	return &Bus{
		underWay: make(chan struct{}, c.Window),
		groups:   map[string]*group{},
		topics:   map[string][]*group{},
	}
}

// Publish hands each message to every group of its topic: see kit.Bus.
func (b *Bus) Publish(ctx context.Context, taken func(i int, err error), msgs ...kit.Message) {
	for i, m := range msgs {
		if err := b.acquire(ctx); err != nil {
			for ; i < len(msgs); i++ { // none may pass the one that has to wait
				taken(i, err)
			}
			return
		}
		b.deliver(&delivery{message: m, answer: func(err error) {
			<-b.underWay
			taken(i, err)
		}})
	}
}

// acquire waits until one more message may be under way.
func (b *Bus) acquire(ctx context.Context) error {
	select {
	case b.underWay <- struct{}{}:
		return nil
	default:
	}
	select {
	case b.underWay <- struct{}{}:
		return nil
	case <-ctx.Done():
		return kit.Wrap(kit.Unavailable, ctx.Err(), "the bus is full")
	}
}

// deliver hands a message to its groups. The lock keeps the order of a key the
// same for all of them.
func (b *Bus) deliver(d *delivery) {
	b.mu.Lock()
	defer d.done(nil) // after the lock, since it may be the last to be done
	defer b.mu.Unlock()
	var to []*group
	if b.closed {
		d.fail(errClosed())
	} else {
		to = b.receivers(&d.message)
	}
	d.remaining.Store(int32(len(to) + 1))
	for _, g := range to {
		g.receive(d)
	}
}

// receivers returns the groups that a message is for.
func (b *Bus) receivers(m *kit.Message) []*group {
	if m.Group == "" {
		return b.topics[m.Topic]
	}
	if g := b.groups[m.Group]; g != nil && slices.Contains(g.topics, m.Topic) {
		return []*group{g}
	}
	return nil
}

// Subscribe begins to deliver to a group: see kit.Bus. A group stays known
// when its subscription has ended: messages for it are not taken any more.
func (b *Bus) Subscribe(_ context.Context, s kit.Subscription, h kit.Handler) (func(context.Context) error, error) {
	if s.Group == "" || len(s.Topics) == 0 {
		return nil, kit.Errorf(kit.Invalid, "a subscription needs a group and a topic")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, errClosed()
	}
	old := b.groups[s.Group]
	if old != nil && !old.hasStopped() {
		return nil, kit.Errorf(kit.Conflict, "group %s is already subscribed", s.Group)
	}
	g := newGroup(s, h)
	b.groups[s.Group] = g
	if old != nil {
		for _, topic := range old.topics {
			b.topics[topic] = slices.DeleteFunc(b.topics[topic], func(other *group) bool { return other == old })
		}
	}
	for _, topic := range g.topics {
		b.topics[topic] = append(b.topics[topic], g)
	}
	return g.stop, nil
}

// Ping returns nil until the bus is closed.
func (b *Bus) Ping(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return errClosed()
	}
	return nil
}

// Capability says that this bus keeps nothing and reaches no other process.
func Capability() kit.BusCapability { return kit.BusCapability{} }

// Capability is that of every bus of this package.
func (*Bus) Capability() kit.BusCapability { return Capability() }

// Close ends every subscription: see kit.Bus. Handlers under way are cancelled
// and waited for.
func (b *Bus) Close() error {
	b.mu.Lock()
	b.closed = true
	groups := make([]*group, 0, len(b.groups))
	for _, g := range b.groups {
		groups = append(groups, g)
	}
	b.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, g := range groups {
		_ = g.stop(ctx) // the error says that handlers were cut off, as Close does
	}
	return nil
}

func errClosed() error { return kit.Errorf(kit.Unavailable, "the bus is closed") }
