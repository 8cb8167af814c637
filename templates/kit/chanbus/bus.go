// Package chanbus is a bus within the process. It keeps nothing: a message is the
// publisher's until every group has handled it, so with an outbox behind the bus
// nothing is lost.
package chanbus

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyorder"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
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
	underWay keyorder.Window
	alive    context.Context // ends when the bus is closed
	end      context.CancelFunc

	mu     sync.Mutex
	groups map[string]*group
}

// New returns a bus.
func New(c Config) *Bus {
	b := &Bus{underWay: make(keyorder.Window, cmp.Or(c.Window, 10_000)), groups: map[string]*group{}}
	b.alive, b.end = context.WithCancel(context.Background())
	return b
}

// Publish hands each message to every group of its topic: see kit.Bus.
func (b *Bus) Publish(ctx context.Context, taken func(i int, err error), msgs ...kit.Message) {
	for i, m := range msgs {
		if err := b.underWay.Enter(ctx); err != nil {
			for ; i < len(msgs); i++ { // none may pass the one that has to wait
				taken(i, err)
			}
			return
		}
		d := &delivery{message: m, answer: func(err error) {
			b.underWay.Leave()
			taken(i, err)
		}}
		d.remaining.Store(1)
		d.done(b.deliver(d))
	}
}

// deliver hands a message to its groups. The lock keeps the order of a key the
// same for all of them.
func (b *Bus) deliver(d *delivery) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.alive.Err() != nil {
		return errClosed()
	}
	for _, g := range b.groups {
		if g.wants(&d.message) {
			d.remaining.Add(1)
			if slices.Contains(g.missed, d.message.Topic) || !g.workers.Add(d.message.Key, d) {
				d.done(g.errStopped())
			}
		}
	}
	return nil
}

// Subscribe begins to deliver to a group: see kit.Bus. A group stays known
// when its subscription has ended, with all its topics: messages for it are not taken
// any more.
func (b *Bus) Subscribe(_ context.Context, s kit.Subscription, h kit.Handler) (func(context.Context) error, error) {
	if s.Group == "" || len(s.Topics) == 0 {
		return nil, kit.Errorf(kit.Invalid, "a subscription needs a group and a topic")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.alive.Err() != nil {
		return nil, errClosed()
	}
	if old := b.groups[s.Group]; old != nil && old.active.Err() == nil {
		return nil, kit.Errorf(kit.Conflict, "group %s is already subscribed", s.Group)
	}
	g := newGroup(b.alive, s, h, b.groups[s.Group])
	b.groups[s.Group] = g
	return g.stop, nil
}

// Ping returns nil until the bus is closed.
func (b *Bus) Ping(context.Context) error {
	if b.alive.Err() != nil {
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
	b.end()
	b.mu.Lock()
	groups := slices.Collect(maps.Values(b.groups))
	b.mu.Unlock()
	for _, g := range groups {
		_ = g.stop(b.alive) // the error says that handlers were cut off, as Close does
	}
	return nil
}

func errClosed() error { return kit.Errorf(kit.Unavailable, "the bus is closed") }

// delivery is a message on its way to its groups.
type delivery struct {
	message   kit.Message
	answer    func(error)  // called once, when it is done
	remaining atomic.Int32 // groups that have not handled it, and one for Publish
	failure   atomic.Pointer[error]
}

// done notes that a group has handled the message, or why it never will. The last
// one answers the publisher.
func (d *delivery) done(err error) {
	if err != nil {
		failure := err // so that only one that fails is allocated
		d.failure.CompareAndSwap(nil, &failure)
	}
	if d.remaining.Add(-1) > 0 {
		return
	}
	if failure := d.failure.Load(); failure != nil {
		d.answer(*failure)
		return
	}
	d.answer(nil)
}

// group delivers to one handler, the messages of a key in order.
type group struct {
	kit.Subscription
	missed  []string // topics that the group receives and its earlier subscriptions handled
	handler kit.Handler
	workers *keyorder.Workers[*delivery]

	handlers context.Context // of handlers; ends when they are cut off
	cutOff   context.CancelFunc
	active   context.Context // ends when no more messages are begun
	end      context.CancelFunc
}

// newGroup returns a group that had an earlier subscription, or nil.
func newGroup(alive context.Context, s kit.Subscription, h kit.Handler, earlier *group) *group {
	s.Topics = slices.Clone(s.Topics)
	g := &group{Subscription: s, handler: h}
	if earlier != nil {
		g.missed = slices.DeleteFunc(slices.Concat(earlier.missed, earlier.Topics), func(topic string) bool {
			return slices.Contains(s.Topics, topic)
		})
	}
	g.handlers, g.cutOff = context.WithCancel(alive)
	g.active, g.end = context.WithCancel(g.handlers)
	g.workers = keyorder.New(g.deliver)
	return g
}

// wants reports whether a message is for the group.
func (g *group) wants(m *kit.Message) bool {
	return (m.Group == "" || m.Group == g.Group) && (slices.Contains(g.Topics, m.Topic) || slices.Contains(g.missed, m.Topic))
}

// deliver delivers a message until it is handled or the group has stopped.
func (g *group) deliver(d *delivery) {
	if retry.Until(g.active, func() error { return g.handler(g.handlers, d.message) }) != nil {
		d.done(g.errStopped())
		return
	}
	d.done(nil)
}

func (g *group) errStopped() error {
	return kit.Errorf(kit.Unavailable, "group %s does not receive this message now", g.Group)
}

// stop ends the subscription: see kit.Bus.
func (g *group) stop(ctx context.Context) error {
	g.end()
	defer g.cutOff()
	inTime := context.AfterFunc(ctx, g.cutOff)
	g.workers.Close()
	if inTime() {
		return nil
	}
	return kit.Wrap(kit.Unavailable, ctx.Err(), "handlers of group "+g.Group+" were interrupted")
}
