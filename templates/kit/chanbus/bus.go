// Package chanbus is a bus within the process. It keeps nothing: what was
// published is the publisher's until every group has handled it, so with an
// outbox behind it nothing is lost.
package chanbus

import (
	"context"
	"slices"
	"sync"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/lanes"
)

// Config says how much the bus holds.
type Config struct {
	// Window is how many messages may be under way at once before Publish
	// blocks; 10,000 where it is 0.
	Window int
}

// Check reports values out of range.
func (c Config) Check(report func(field, problem string)) {
	if c.Window < 0 || c.Window > 1_000_000 {
		report("Window", "must be from 1 to 1000000, or 0 for the default")
	}
}

// Bus is kit.Bus within one process.
type Bus struct {
	room *room // for messages under way

	mu     sync.Mutex
	groups map[string]*group
	topics map[string][]*group
	closed bool

	receiving []*group // those that something is coming for, while it is handed out
}

// New returns a bus.
func New(c Config) *Bus {
	if c.Window == 0 {
		c.Window = 10_000
	}
	return &Bus{
		room:   newRoom(c.Window),
		groups: map[string]*group{},
		topics: map[string][]*group{},
	}
}

// Publish hands each message to every group of its topic: see kit.Bus.
func (b *Bus) Publish(ctx context.Context, taken func(i int, err error), msgs ...kit.Message) {
	together := &call{taken: taken, room: b.room}
	for first := 0; first < len(msgs); {
		n, err := b.room.enter(ctx, len(msgs)-first)
		if err != nil {
			for i := first; i < len(msgs); i++ { // none may pass one that did not get in
				taken(i, err)
			}
			return
		}
		deliveries := make([]delivery, n)
		for i := range deliveries {
			d := &deliveries[i]
			d.message, d.index, d.call = msgs[first+i], first+i, together
		}
		b.deliver(deliveries)
		first += n
	}
}

// deliver hands deliveries to their groups, and answers those that are for none.
func (b *Bus) deliver(deliveries []delivery) {
	b.mu.Lock()
	closed := b.closed
	if !closed {
		b.handOut(deliveries)
	}
	b.mu.Unlock()
	for i := range deliveries {
		if closed {
			deliveries[i].answer(errClosed())
		} else {
			deliveries[i].handled(nil)
		}
	}
}

// handOut gives each group at once all that is for it. It needs the lock.
func (b *Bus) handOut(deliveries []delivery) {
	var spare []lanes.Item[*delivery]
	for i := range deliveries {
		d := &deliveries[i]
		to := b.receivers(&d.message)
		d.remaining.Store(int32(len(to) + 1))
		for n, g := range to {
			it := &d.first
			if n > 0 {
				if len(spare) == 0 {
					spare = make([]lanes.Item[*delivery], len(deliveries)-i)
				}
				it, spare = &spare[0], spare[1:]
			}
			it.Key, it.Value = d.message.Key, d
			if g.coming.IsEmpty() {
				b.receiving = append(b.receiving, g)
			}
			g.coming.Add(it)
		}
	}
	for _, g := range b.receiving {
		g.receive()
	}
	b.receiving = b.receiving[:0]
}

// receivers are the groups that a message is for.
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
		return nil, kit.Errorf(kit.Conflict, "group %s is subscribed already", s.Group)
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
		_ = g.stop(ctx) // it says that handlers were cut off, which is what Close is for
	}
	return nil
}

func errClosed() error { return kit.Errorf(kit.Unavailable, "the bus is closed") }
