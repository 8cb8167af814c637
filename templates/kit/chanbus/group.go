package chanbus

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyorder"
)

// delivery is a message on its way to its groups.
type delivery struct {
	message   kit.Message
	answer    func(error)  // called once, when it is done
	remaining atomic.Int32 // groups that have not handled it, and one for Publish
	failure   atomic.Pointer[error]
}

// fail notes why a group will never handle the message.
func (d *delivery) fail(err error) { d.failure.CompareAndSwap(nil, &err) }

// done notes that a group has handled the message, or why it never will. The last
// one answers the publisher.
func (d *delivery) done(err error) {
	if err != nil {
		d.fail(err)
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
	name    string
	topics  []string
	handler kit.Handler
	workers *keyorder.Workers[*delivery]

	active   context.Context // ends when no more messages are begun
	end      context.CancelFunc
	handlers context.Context // of handlers; ends when they are cut off
	cutOff   context.CancelFunc
}

func newGroup(s kit.Subscription, h kit.Handler) *group {
	topics := slices.Clone(s.Topics)
	slices.Sort(topics)
	g := &group{name: s.Group, topics: slices.Compact(topics), handler: h}
	g.active, g.end = context.WithCancel(context.Background())
	g.handlers, g.cutOff = context.WithCancel(context.Background())
	g.workers = keyorder.New(g.deliver)
	return g
}

func (g *group) errStopped() error {
	return kit.Errorf(kit.Unavailable, "group %s has stopped", g.name)
}

func (g *group) hasStopped() bool { return g.active.Err() != nil }

// receive has a message handled, unless the group has stopped.
func (g *group) receive(d *delivery) {
	if !g.workers.Add(d.message.Key, d) {
		d.done(g.errStopped())
	}
}

// deliver delivers a message until it is handled or the group has stopped.
func (g *group) deliver(d *delivery) {
	if keyorder.Retry(g.active, func() error { return g.handler(g.handlers, d.message) }) != nil {
		d.done(g.errStopped())
		return
	}
	d.done(nil)
}

// stop ends the subscription: see kit.Bus.
func (g *group) stop(ctx context.Context) error {
	g.end()
	g.workers.Close()
	defer g.cutOff()
	ended := make(chan struct{})
	go func() {
		g.workers.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	g.cutOff()
	<-ended
	return kit.Wrap(kit.Unavailable, ctx.Err(), "handlers of group "+g.name+" were interrupted")
}
