package natsbus

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// group is this process's membership of a group. It acquires its share of the
// leases and handles their partitions.
type group struct {
	bus     *Bus
	name    string
	topics  []string // sorted
	handler kit.Handler
	members *members

	handlers context.Context // of handlers; ends when they are cut off
	cutOff   context.CancelFunc
	active   context.Context // ends when no more messages are begun
	end      context.CancelFunc
	ended    context.Context // ends when everything has
	leave    context.CancelFunc

	partitions sync.WaitGroup // those that are being handled

	mu     sync.Mutex
	leases [partitions]*lease // nil for one that it does not have
}

func newGroup(b *Bus, s kit.Subscription, h kit.Handler) *group {
	topics := slices.Compact(slices.Sorted(slices.Values(s.Topics)))
	g := &group{bus: b, name: s.Group, topics: topics, handler: h}
	g.handlers, g.cutOff = context.WithCancel(b.alive)
	g.active, g.end = context.WithCancel(g.handlers)
	g.ended, g.leave = context.WithCancel(context.Background())
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
	if g.members, err = join(g.bus.conn, g.bus.subjects.members(g.name), g.bus.config.Lease); err != nil {
		return err
	}
	go g.run(leases) //nolint:gosec // the subscription outlives the context of Subscribe
	return nil
}

// run handles messages until the group is to end, waits for its handlers, and
// leaves. Leases are renewed until then: a handler that is still running must not
// find its partition in other hands.
func (g *group) run(leases jetstream.Consumer) {
	round := min(g.bus.config.Lease/8, longestRound)
	for g.active.Err() == nil {
		g.upkeep()
		g.balance(leases)
		_ = retry.Pause(g.active, round) // the loop notices when the group is to end
	}
	holding, released := context.WithCancel(context.Background())
	go func() {
		g.partitions.Wait()
		released()
	}()
	for holding.Err() == nil {
		g.upkeep()
		_ = retry.Pause(holding, round) // likewise
	}
	g.members.leave()
	g.cutOff()
	g.leave()
}

// longestRound is the longest pause before a member says again that it is there, and
// asks again for leases that it lacks.
const longestRound = 500 * time.Millisecond

// upkeep keeps this member known, and its leases valid. The first failure to renew
// one ends the round: the others are renewed in the next, or expire.
func (g *group) upkeep() {
	g.members.say(heartbeat)
	ctx, cancel := context.WithTimeout(context.Background(), g.bus.config.Lease/5)
	defer cancel()
	for _, l := range g.held() {
		if l.renew(ctx) != nil {
			return
		}
	}
}

// balance ends the leases that are more than the share of this member, which are
// released once their handlers have returned, or acquires those that it lacks.
func (g *group) balance(leases jetstream.Consumer) {
	members := g.members.count()
	share := (partitions + members - 1) / members
	held := g.held()
	for _, l := range held[min(share, len(held)):] {
		l.end()
	}
	if missing := share - len(held); missing > 0 {
		g.acquire(leases, missing)
	}
}

// acquire acquires as many leases as nobody has, up to n. An error is none of its
// own: the next attempt will show whether it lasts.
func (g *group) acquire(leases jetstream.Consumer, n int) {
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
	g.leases[p] = l
	g.partitions.Go(func() {
		l.run()
		g.mu.Lock()
		defer g.mu.Unlock()
		g.leases[p] = nil
	})
}

// held returns the leases of this member, always in the same order: those that have
// been ended to leave it its share stay the same until they are released.
func (g *group) held() (held []*lease) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, l := range g.leases {
		if l != nil {
			held = append(held, l)
		}
	}
	return held
}

// stop ends the subscription: see kit.Bus.
func (g *group) stop(ctx context.Context) error {
	g.end()
	inTime := context.AfterFunc(ctx, g.cutOff)
	<-g.ended.Done()
	if inTime() {
		return nil
	}
	return kit.Wrap(kit.Unavailable, ctx.Err(), "handlers of group "+g.name+" were interrupted")
}
