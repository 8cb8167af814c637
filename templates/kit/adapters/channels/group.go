package channels

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
	"github.com/outgrowkit/outgrow/templates/kit/ports"
)

// retryPause is the longest pause before a message is delivered again. How often
// to try, and how patiently, is for the handler to decide.
const retryPause = 100 * time.Millisecond

// delivery is a message on its way to some groups.
type delivery struct {
	message   ports.Message
	remaining atomic.Int32 // how many have not handled it, and one for Publish
	failed    atomic.Pointer[error]
	done      func(error)
}

// handled notes that one has handled the message, or never will.
func (d *delivery) handled(err error) {
	if err != nil {
		d.failed.CompareAndSwap(nil, &err)
	}
	if d.remaining.Add(-1) > 0 {
		return
	}
	if failed := d.failed.Load(); failed != nil {
		d.done(*failed)
		return
	}
	d.done(nil)
}

// group delivers to one handler: messages of one key one after another, those of
// different keys at the same time.
type group struct {
	name    string
	topics  []string
	handler ports.Handler
	ctx     context.Context
	cancel  context.CancelFunc

	mu      sync.Mutex
	lanes   map[string][]*delivery // what waits for each key that is being handled
	stopped bool
	halt    chan struct{} // closed when stopped
	work    sync.WaitGroup
}

func newGroup(s ports.Subscription, h ports.Handler) *group {
	ctx, cancel := context.WithCancel(context.Background())
	topics := slices.Clone(s.Topics)
	slices.Sort(topics)
	return &group{
		name: s.Group, topics: slices.Compact(topics), handler: h,
		ctx: ctx, cancel: cancel,
		lanes: map[string][]*delivery{}, halt: make(chan struct{}),
	}
}

func (g *group) errStopped() error {
	return domain.Errorf(domain.Unavailable, "group %s has stopped", g.name)
}

func (g *group) hasStopped() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stopped
}

// enqueue puts a message at the end of its key's lane.
func (g *group) enqueue(d *delivery) {
	g.mu.Lock()
	if g.stopped {
		g.mu.Unlock()
		d.handled(g.errStopped())
		return
	}
	waiting, busy := g.lanes[d.message.Key]
	if busy {
		g.lanes[d.message.Key] = append(waiting, d)
	} else {
		g.lanes[d.message.Key] = nil
		g.work.Add(1)
		go g.follow(d)
	}
	g.mu.Unlock()
}

// follow handles a message and all that come after it in its lane.
func (g *group) follow(d *delivery) {
	defer g.work.Done()
	for d != nil {
		err := g.persist(d.message)
		next := g.next(d.message.Key)
		d.handled(err)
		d = next
	}
}

// next takes the next message of the lane, and ends a lane that has none.
func (g *group) next(key string) *delivery {
	g.mu.Lock()
	defer g.mu.Unlock()
	waiting := g.lanes[key]
	if len(waiting) == 0 {
		delete(g.lanes, key)
		return nil
	}
	g.lanes[key] = waiting[1:]
	return waiting[0]
}

// persist delivers a message until it is handled or the group has stopped.
func (g *group) persist(m ports.Message) error {
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
func (g *group) handle(m ports.Message) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return g.handler(g.ctx, m)
}

// stop ends the subscription: see ports.Bus.
func (g *group) stop(ctx context.Context) error {
	g.mu.Lock()
	if !g.stopped {
		g.stopped = true
		close(g.halt)
	}
	g.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		g.work.Wait()
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
	return domain.Wrap(domain.Unavailable, ctx.Err(), "handlers of group "+g.name+" were cut off")
}
