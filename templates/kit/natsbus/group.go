package natsbus

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

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

	partitions sync.WaitGroup // those that are being handled

	mu     sync.Mutex
	leases map[int]*lease // by partition
}

func newGroup(b *Bus, s kit.Subscription, h kit.Handler) *group {
	topics := slices.Clone(s.Topics)
	slices.Sort(topics)
	g := &group{
		bus: b, name: s.Group, topics: slices.Compact(topics), handler: h,
		ended: make(chan struct{}), leases: map[int]*lease{},
	}
	g.members = newMembers(b.conn, b.subjects.members(g.name), b.config.Lease)
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
	leases, err := g.bus.js.CreateOrUpdateConsumer(ctx, g.bus.leaseStream(), g.leaseConfig())
	if err != nil {
		return err
	}
	if err := g.members.join(); err != nil {
		return err
	}
	go g.run(leases) //nolint:gosec // the subscription outlives the context of Subscribe
	return nil
}

// run handles messages until the group is to end, waits for its handlers, and
// leaves. Leases are renewed until then: a handler that is still running must not
// find its partition in other hands.
func (g *group) run(leases jetstream.Consumer) {
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
	g.acquireLeases(leases)
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

// acquireInterval is the longest pause before a member asks again for leases that
// it lacks.
const acquireInterval = 250 * time.Millisecond

// acquireLeases acquires leases whenever this member has fewer than its share, until
// the group is to end.
func (g *group) acquireLeases(leases jetstream.Consumer) {
	for g.active.Err() == nil {
		if missing := g.share() - len(g.held()); missing > 0 {
			g.fetchLeases(leases, missing)
		}
		pause(g.active, acquireInterval)
	}
}

// fetchLeases acquires as many leases as nobody has, up to n. An error is none of
// its own: the next attempt will show whether it lasts.
func (g *group) fetchLeases(leases jetstream.Consumer, n int) {
	asked := time.Now()
	fetched, err := leases.FetchNoWait(n)
	if err != nil {
		return
	}
	for m := range fetched.Messages() {
		g.acquired(m, asked)
	}
}

// acquired begins to handle a partition. The server gave the lease after it was
// asked, so it is valid for that long after the request.
func (g *group) acquired(m jetstream.Msg, asked time.Time) {
	p, err := g.bus.subjects.parseLease(m.Subject())
	if err != nil {
		_ = m.Term() // it is not a lease
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

// rebalance ends the leases that are more than the share of this member. They are
// released once their handlers have returned.
func (g *group) rebalance() {
	held := g.held()
	for _, l := range held[min(g.share(), len(held)):] {
		l.end()
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
