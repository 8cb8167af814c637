package natsbus

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// group is this process's membership of a group. It acquires its share of the
// leases and handles their partitions.
type group struct {
	bus     *Bus
	name    string
	topics  []string
	handler kit.Handler
	members *members

	active   context.Context // ends when no more messages are begun
	end      context.CancelFunc
	handlers context.Context // of handlers; ends when they are cut off
	cutOff   context.CancelFunc
	ended    chan struct{} // closed when everything has

	partitions   sync.WaitGroup // those that are being handled
	shareChanged chan struct{}

	mu     sync.Mutex
	leases map[int]*lease // by partition
}

func newGroup(b *Bus, s kit.Subscription, h kit.Handler) *group {
	topics := slices.Clone(s.Topics)
	slices.Sort(topics)
	g := &group{
		bus: b, name: s.Group, topics: slices.Compact(topics), handler: h,
		ended: make(chan struct{}), shareChanged: make(chan struct{}, 1), leases: map[int]*lease{},
	}
	g.members = newMembers(b.conn, b.subjects.members(g.name), b.config.Lease, g.rebalance)
	g.active, g.end = context.WithCancel(context.Background())
	g.handlers, g.cutOff = context.WithCancel(context.Background())
	return g
}

// start makes the consumers of the group, and begins to handle messages.
func (g *group) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, max(g.bus.config.ConnectTimeout, 5*time.Second))
	defer cancel()
	err := each(func(p int) error {
		_, err := g.bus.js.CreateOrUpdateConsumer(ctx, g.bus.config.stream(p), g.consumerConfig(p))
		return err
	})
	if err != nil {
		return err
	}
	if _, err := g.bus.js.CreateOrUpdateConsumer(ctx, g.bus.leaseStream(), g.leaseConfig()); err != nil {
		return err
	}
	if err := g.members.join(); err != nil {
		return err
	}
	go g.run() //nolint:gosec // the subscription outlives the context of Subscribe
	return nil
}

// run handles messages until the group is to end, waits for its handlers, and
// leaves. Leases are renewed until then: a handler that is still running must not
// find its partition in other hands.
func (g *group) run() {
	defer close(g.ended)
	holding, released := context.WithCancel(context.Background())
	var upkeep sync.WaitGroup
	upkeep.Go(func() { every(holding, g.bus.config.Lease/5, g.renewLeases) })
	upkeep.Go(func() {
		every(holding, g.bus.config.Lease/8, func() {
			g.members.say(heartbeat)
			g.rebalance()
		})
	})
	g.members.say(heartbeat)
	g.acquireLeases()
	g.partitions.Wait()
	released()
	upkeep.Wait()
	g.members.leave()
	g.cutOff()
	g.bus.forget(g)
}

// every calls do again and again until ctx ends.
func every(ctx context.Context, interval time.Duration, do func()) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			do()
		case <-ctx.Done():
			return
		}
	}
}

// acquireLeases acquires leases whenever the group has fewer than its share, until
// it is to end.
func (g *group) acquireLeases() {
	for g.active.Err() == nil {
		missing := g.share() - len(g.held())
		if missing <= 0 {
			g.wait(time.Second)
			continue
		}
		asked := time.Now()
		err := g.bus.pull(g.active, g.bus.leaseStream(), g.name, missing, g.bus.config.Lease/2, func(m *nats.Msg) { g.acquired(m, asked) })
		if err != nil {
			g.wait(250 * time.Millisecond)
		}
	}
}

// wait waits for a random time up to a limit, or until the share has changed or the
// group is to end.
func (g *group) wait(limit time.Duration) {
	t := time.NewTimer(rand.N(limit) + 1)
	defer t.Stop()
	select {
	case <-t.C:
	case <-g.shareChanged:
	case <-g.active.Done():
	}
}

// acquired begins to handle a partition. The server gave the lease after it was
// asked, so it is valid for that long after the request.
func (g *group) acquired(m *nats.Msg, asked time.Time) {
	p, err := g.bus.subjects.parseLease(m.Subject)
	if err != nil {
		g.bus.answer(m, term) // it is not a lease
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if old := g.leases[p]; old != nil {
		// The server gives a lease that this process still has: either of them has
		// lost it. It ends here, and the server will give it again.
		old.lose()
		return
	}
	l := newLease(g, p, m, asked.Add(g.bus.config.Lease))
	if g.active.Err() != nil {
		l.release()
		return
	}
	g.leases[p] = l
	g.partitions.Go(func() {
		l.run()
		g.mu.Lock()
		delete(g.leases, p)
		g.mu.Unlock()
		g.signalShare()
	})
}

// renewLeases renews all leases. The first failure ends the round: those that were
// not renewed are renewed in the next, or expire.
func (g *group) renewLeases() {
	ctx, cancel := context.WithTimeout(context.Background(), g.bus.config.Lease/5)
	defer cancel()
	for _, l := range g.held() {
		if l.renew(ctx) != nil {
			return
		}
	}
}

// rebalance ends the leases that are more than the share of this member, once
// their handlers have returned, and has it acquire those that it lacks.
func (g *group) rebalance() {
	held := g.held()
	for _, l := range held[min(g.share(), len(held)):] {
		l.end()
	}
	g.signalShare()
}

func (g *group) signalShare() {
	select {
	case g.shareChanged <- struct{}{}:
	default:
	}
}

// share returns how many leases this member should have.
func (g *group) share() int {
	n := g.members.count()
	return (partitions + n - 1) / n
}

func (g *group) held() []*lease {
	g.mu.Lock()
	defer g.mu.Unlock()
	held := make([]*lease, 0, len(g.leases))
	for _, l := range g.leases {
		held = append(held, l)
	}
	return held
}

// reconnected has all partitions handled in new sessions: what was on its way is
// lost.
func (g *group) reconnected() {
	for _, l := range g.held() {
		l.restart()
	}
	g.signalShare()
}

// stop ends the subscription: see kit.Bus.
func (g *group) stop(ctx context.Context) error {
	g.end()
	select {
	case <-g.ended:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-g.ended: // both at once: nothing was cut off
		return nil
	default:
	}
	g.cutOff()
	<-g.ended
	return kit.Wrap(kit.Unavailable, ctx.Err(), "handlers of group "+g.name+" were interrupted")
}
