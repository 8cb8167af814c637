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
	"github.com/outgrowkit/outgrow/templates/kit/internal/lanes"
)

// retryPause is the longest pause before a message is delivered again. How often
// to try, and how patiently, is for the handler to decide.
const retryPause = 100 * time.Millisecond

// call is what is published together.
type call struct {
	taken func(int, error)
	room  *room
}

// delivery is a message on its way to some groups.
type delivery struct {
	message   kit.Message
	index     int
	call      *call
	remaining atomic.Int32 // how many have not handled it, and one for Publish
	failed    atomic.Pointer[error]
	first     lanes.Item[*delivery] // for the first group: most have one
}

// handled notes that one has handled the message, or never will.
func (d *delivery) handled(err error) {
	if err != nil {
		first := err // its own, so that what did not fail costs no allocation
		d.failed.CompareAndSwap(nil, &first)
	}
	if d.remaining.Add(-1) > 0 {
		return
	}
	if failed := d.failed.Load(); failed != nil {
		d.answer(*failed)
		return
	}
	d.answer(nil)
}

func (d *delivery) answer(err error) {
	d.call.room.leave()
	d.call.taken(d.index, err)
}

// group delivers to one handler: messages of one key one after another, those of
// different keys at the same time.
type group struct {
	name    string
	topics  []string
	handler kit.Handler
	ctx     context.Context
	cancel  context.CancelFunc
	lanes   *lanes.Lanes[*delivery]
	coming  lanes.Chain[*delivery] // belongs to who holds the bus

	stopping sync.Once
	halt     chan struct{} // closed when stopped
}

func newGroup(s kit.Subscription, h kit.Handler) *group {
	ctx, cancel := context.WithCancel(context.Background())
	topics := slices.Clone(s.Topics)
	slices.Sort(topics)
	g := &group{
		name: s.Group, topics: slices.Compact(topics), handler: h,
		ctx: ctx, cancel: cancel, halt: make(chan struct{}),
	}
	g.lanes = lanes.New(g.hand)
	return g
}

func (g *group) errStopped() error {
	return kit.Errorf(kit.Unavailable, "group %s has stopped", g.name)
}

func (g *group) hasStopped() bool {
	select {
	case <-g.halt:
		return true
	default:
		return false
	}
}

// receive takes what is coming into the lanes, or refuses it.
func (g *group) receive() {
	coming := g.coming
	g.coming = lanes.Chain[*delivery]{}
	if g.lanes.Put(coming) {
		return
	}
	for d := range coming.All() {
		(*d).handled(g.errStopped())
	}
}

// hand handles a message.
func (g *group) hand(d **delivery) { (*d).handled(g.persist((*d).message)) }

// persist delivers a message until it is handled or the group has stopped.
func (g *group) persist(m kit.Message) error {
	for {
		select {
		case <-g.halt:
			return g.errStopped()
		default:
		}
		if g.handle(m) == nil {
			return nil
		}
		pause := time.NewTimer(rand.N(retryPause))
		select {
		case <-pause.C:
		case <-g.halt:
			pause.Stop()
			return g.errStopped()
		}
	}
}

// handle calls the handler once, and takes a panic for an error.
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
		close(g.halt)
		g.lanes.Close()
	})
	ended := make(chan struct{})
	go func() {
		g.lanes.Wait()
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
	return kit.Wrap(kit.Unavailable, ctx.Err(), "handlers of group "+g.name+" were cut off")
}
