package chanbus

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyorder"
)

// retryPause is the longest pause before a message is delivered again. How often
// to try, and how patiently, is up to the handler.
const retryPause = 100 * time.Millisecond

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
	ctx     context.Context // of handlers
	cancel  context.CancelFunc
	workers *keyorder.Workers[*delivery]

	stopping sync.Once
	stopped  chan struct{} // closed when no more messages are begun
}

func newGroup(s kit.Subscription, h kit.Handler) *group {
	ctx, cancel := context.WithCancel(context.Background())
	topics := slices.Clone(s.Topics)
	slices.Sort(topics)
	g := &group{
		name: s.Group, topics: slices.Compact(topics), handler: h,
		ctx: ctx, cancel: cancel, stopped: make(chan struct{}),
	}
	g.workers = keyorder.New(func(d *delivery) { d.done(g.deliver(d.message)) })
	return g
}

func (g *group) errStopped() error {
	return kit.Errorf(kit.Unavailable, "group %s has stopped", g.name)
}

func (g *group) hasStopped() bool {
	select {
	case <-g.stopped:
		return true
	default:
		return false
	}
}

// receive has a message handled, unless the group has stopped.
func (g *group) receive(d *delivery) {
	if !g.workers.Add(d.message.Key, d) {
		d.done(g.errStopped())
	}
}

// deliver delivers a message until it is handled or the group has stopped.
func (g *group) deliver(m kit.Message) error {
	for !g.hasStopped() {
		if g.handle(m) == nil {
			return nil
		}
		pause := time.NewTimer(rand.N(retryPause))
		select {
		case <-pause.C:
		case <-g.stopped:
			pause.Stop()
		}
	}
	return g.errStopped()
}

// handle calls the handler once, and returns a panic as an error.
func (g *group) handle(m kit.Message) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return g.handler(g.ctx, m)
}

// stop ends the subscription: see kit.Bus.
func (g *group) stop(ctx context.Context) error {
	g.stopping.Do(func() {
		close(g.stopped)
		g.workers.Close()
	})
	ended := make(chan struct{})
	go func() {
		g.workers.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		g.cancel()
		return nil
	case <-ctx.Done():
	}
	g.cancel()
	<-ended
	return kit.Wrap(kit.Unavailable, ctx.Err(), "handlers of group "+g.name+" were interrupted")
}
