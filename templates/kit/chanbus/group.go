package chanbus

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyorder"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

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
