package brokerbus

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// Group is this process's membership of a group.
type Group struct {
	Name   string
	Active context.Context // ends when no more messages are begun

	topics   map[string]bool
	handler  kit.Handler
	handlers context.Context // of handlers; ends when they are cut off
	cutOff   context.CancelFunc
	end      context.CancelFunc // of Active
	ended    context.Context    // ends when everything has
	leave    context.CancelFunc

	mu    sync.Mutex
	owned map[receiver]bool
}

// receiver is a partition, whatever its messages are known by.
type receiver interface{ received() int }

func newGroup(alive context.Context, s kit.Subscription, h kit.Handler) *Group {
	g := &Group{Name: s.Group, topics: map[string]bool{}, handler: h, owned: map[receiver]bool{}}
	for _, topic := range s.Topics {
		g.topics[topic] = true
	}
	g.handlers, g.cutOff = context.WithCancel(alive)
	g.Active, g.end = context.WithCancel(g.handlers)
	g.ended, g.leave = context.WithCancel(context.Background())
	return g
}

// Topics returns the topics that this version of the service handles for the group,
// sorted.
func (g *Group) Topics() []string { return slices.Sorted(maps.Keys(g.topics)) }

// Knows reports whether this version of the service handles a topic for the group.
func (g *Group) Knows(topic string) bool { return g.topics[topic] }

// Receives reports whether a message is for the group, in this version of the service.
func (g *Group) Receives(m kit.Message) bool {
	return g.topics[m.Topic] && (m.Group == "" || m.Group == g.Name)
}

// Received returns how many messages this process has received and not handled.
func (g *Group) Received() (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for p := range g.owned {
		n += p.received()
	}
	return n
}

// owns notes whether this process owns a partition.
func (g *Group) owns(p receiver, yes bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if delete(g.owned, p); yes {
		g.owned[p] = true
	}
}

func (g *Group) run(run func()) {
	run()
	g.cutOff()
	g.leave()
}

// stop ends the subscription: see kit.Bus.
func (g *Group) stop(ctx context.Context) error {
	g.end()
	inTime := context.AfterFunc(ctx, g.cutOff)
	<-g.ended.Done()
	if inTime() {
		return nil
	}
	return kit.Wrap(kit.Unavailable, ctx.Err(), "handlers of group "+g.Name+" were interrupted")
}

// Pause is the longest pause of Until, and a good one between looks at whether there
// is something to do.
const Pause = 500 * time.Millisecond

// Until calls do until it succeeds or ctx ends, with pauses of random length.
func Until(ctx context.Context, do func() error) {
	for ctx.Err() == nil && do() != nil {
		_ = retry.Pause(ctx, Pause) // the loop notices when it ends
	}
}
