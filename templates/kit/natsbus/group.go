package natsbus

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// group is this process's membership of a group. It acquires its share of the
// leases and handles their partitions.
type group struct {
	bus     *Bus
	name    string
	topics  map[string]starts
	handler kit.Handler
	members *members
	claim   *claim

	handlers context.Context // of handlers; ends when they are cut off
	cutOff   context.CancelFunc
	active   context.Context // ends when no more messages are begun
	end      context.CancelFunc
	ended    context.Context // ends when everything has
	leave    context.CancelFunc

	partitions sync.WaitGroup // those that are being handled

	mu     sync.Mutex
	leases [partitions]*lease    // nil for one that it does not have
	rests  [partitions]time.Time // until when others may go first
	stray  [partitions]bool      // whether this member may be the owner without a lease
}

func newGroup(b *Bus, s kit.Subscription, h kit.Handler) *group {
	g := &group{bus: b, name: s.Group, topics: map[string]starts{}, handler: h, claim: newClaim(b)}
	for _, topic := range s.Topics {
		g.topics[topic] = starts{}
	}
	g.handlers, g.cutOff = context.WithCancel(b.alive)
	g.active, g.end = context.WithCancel(g.handlers)
	g.ended, g.leave = context.WithCancel(context.Background())
	return g
}

// knows reports whether this version of the service handles a topic for the group.
func (g *group) knows(topic string) bool {
	_, ok := g.topics[topic]
	return ok
}

// start makes the group known, and begins to handle messages.
func (g *group) start(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, max(g.bus.config.ConnectTimeout, 5*time.Second))
	defer cancel()
	for topic := range g.topics {
		if g.topics[topic], err = g.bus.enroll(ctx, g.name, topic); err != nil {
			return err
		}
	}
	if g.members, err = join(g.bus.conn, g.bus.subjects.members(g.name), g.claim.member, slices.Sorted(maps.Keys(g.topics)), g.bus.config.Lease); err != nil {
		return err
	}
	go g.claim.keep(g.ended.Done())
	go g.run()
	return nil
}

// run handles messages until the group is to end, waits for its handlers, and
// leaves.
func (g *group) run() {
	round := min(g.bus.config.Lease/8, longestRound)
	for g.active.Err() == nil {
		g.members.say(heartbeat)
		g.balance()
		_ = retry.Pause(g.active, round) // the loop notices when the group is to end
	}
	g.partitions.Wait()
	g.members.leave()
	g.cutOff()
	g.leave()
}

// longestRound is the longest pause before a member says again that it is there, and
// asks again for leases that it lacks.
const longestRound = 500 * time.Millisecond

// balance ends the leases that are more than the share of this member, which are
// released once their handlers have returned, or acquires those that it lacks.
func (g *group) balance() {
	share, rotate := g.members.share()
	held := g.held()
	for i, l := range held {
		if i >= share || rotate && time.Since(l.began) > g.bus.config.Lease {
			g.rest(l)
		}
	}
	if missing := share - len(held); missing > 0 {
		g.acquire(missing)
	}
	g.release()
}

// rest ends a lease, and lets others have it first.
func (g *group) rest(l *lease) {
	l.end()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rests[l.partition] = time.Now().Add(g.bus.config.Lease)
}

// acquire acquires as many leases as nobody has, up to n. An error is none of its
// own: the next attempt will show whether it lasts.
func (g *group) acquire(n int) {
	ctx, cancel := context.WithTimeout(g.active, g.bus.config.Lease/4)
	defer cancel()
	var taken atomic.Int64
	_ = each(func(p int) error {
		at, err := g.bus.place(ctx, g.name, p)
		if err != nil || !g.mayTake(ctx, p, at) || taken.Add(1) > int64(n) {
			return err
		}
		return g.take(ctx, p, at)
	})
}

// release lets others have what this member owns without a lease, because it did not
// hear what became of a request.
func (g *group) release() {
	ctx, cancel := context.WithTimeout(g.active, g.bus.config.Lease/4)
	defer cancel()
	_ = each(func(p int) error { // what fails is tried again in the next round
		g.mu.Lock()
		stray := g.stray[p] && g.leases[p] == nil
		g.mu.Unlock()
		if !stray {
			return nil
		}
		at, err := g.bus.place(ctx, g.name, p)
		if err == nil && at.Owner == g.members.self {
			at.Owner = ""
			_, err = g.bus.replace(ctx, g.bus.subjects.place(g.name, p), at.sequence, at)
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.stray[p] = err != nil
		return err
	})
}

// mayTake reports whether this member may become the owner of a partition: nobody is, or
// it is itself and has lost the lease, or whoever is has lost its claim.
func (g *group) mayTake(ctx context.Context, p int, at place) bool {
	g.mu.Lock()
	may := g.leases[p] == nil && time.Now().After(g.rests[p])
	g.mu.Unlock()
	return may && (at.Owner == "" || at.Owner == g.members.self || g.claim.gone(ctx, at.Owner))
}

// take makes this member the owner of a partition, and begins to handle it. The
// lease is lost with the claim that this process had before.
func (g *group) take(ctx context.Context, p int, at place) error {
	while := g.claim.while()
	if while.Err() != nil {
		return while.Err()
	}
	stream, err := g.bus.js.Stream(ctx, g.bus.config.stream(p))
	if err != nil {
		return err
	}
	if at.ahead(stream.CachedInfo().State) {
		at.Stream = time.Time{} // the server has lost messages: what it has is not what was read
	}
	at = at.in(stream.CachedInfo().Created)
	at.Owner = g.members.self
	at.sequence, err = g.bus.replace(ctx, g.bus.subjects.place(g.name, p), at.sequence, at)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stray[p] = err != nil && !replaced(err); err != nil {
		return err
	}
	l := newLease(while, g, p, at)
	g.leases[p] = l
	g.partitions.Go(func() {
		released := l.run()
		g.mu.Lock()
		defer g.mu.Unlock()
		g.leases[p], g.stray[p] = nil, !released
	})
	return nil
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
