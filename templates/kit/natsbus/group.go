package natsbus

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// group is this process's membership of a group. It acquires its share of the
// leases and handles their partitions.
type group struct {
	*brokerbus.Group
	server *server
	topics map[string]starts
	self   string // the name of this member

	members *members
	claim   *brokerbus.Claim
	others  sightings

	partitions sync.WaitGroup // those that are being handled

	mu     sync.Mutex
	leases [partitions]*lease    // nil for one that it does not have
	rests  [partitions]time.Time // until when others may go first
	stray  [partitions]bool      // whether this member may be the owner without a lease
}

// join makes a group known, and this process a member.
func (b *server) join(ctx context.Context, of *brokerbus.Group) (g *group, err error) {
	g = &group{Group: of, server: b, topics: map[string]starts{}, self: kit.NewUUID().String(), others: newSightings(b)}
	for _, topic := range of.Topics() {
		if g.topics[topic], err = b.enroll(ctx, g.Name, topic); err != nil {
			return nil, err
		}
	}
	g.claim = brokerbus.NewClaim(b.config.Lease, func(ctx context.Context) error {
		_, err := b.js.Publish(ctx, b.subjects.alive(g.self), nil)
		return err
	})
	g.members, err = join(b.conn, b.subjects.members(g.Name), g.self, of.Topics(), b.config.Lease)
	return g, err
}

// run handles messages until the group is to end, waits for its handlers, and
// leaves.
func (g *group) run() {
	left := make(chan struct{})
	defer close(left)
	go g.claim.Keep(left)
	round := min(g.server.config.Lease/8, brokerbus.Pause)
	for g.Active.Err() == nil {
		g.members.say(heartbeat)
		g.balance()
		_ = retry.Pause(g.Active, round) // the loop notices when the group is to end
	}
	g.partitions.Wait()
	g.members.leave()
}

// balance ends the leases that are more than the share of this member, which are
// released once their handlers have returned, or acquires those that it lacks.
func (g *group) balance() {
	share, rotate := g.members.share()
	held := g.held()
	for i, l := range held {
		if i >= share || rotate && time.Since(l.began) > g.server.config.Lease {
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
	l.End()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rests[l.partition] = time.Now().Add(g.server.config.Lease)
}

// acquire acquires as many leases as nobody has, up to n. An error is none of its
// own: the next attempt will show whether it lasts.
func (g *group) acquire(n int) {
	ctx, cancel := context.WithTimeout(g.Active, g.server.config.Lease/4)
	defer cancel()
	var taken atomic.Int64
	_ = each(func(p int) error {
		at, err := g.server.place(ctx, g.Name, p)
		if err != nil || !g.mayTake(ctx, p, at) || taken.Add(1) > int64(n) {
			return err
		}
		return g.take(ctx, p, at)
	})
}

// release lets others have what this member owns without a lease, because it did not
// hear what became of a request.
func (g *group) release() {
	ctx, cancel := context.WithTimeout(g.Active, g.server.config.Lease/4)
	defer cancel()
	_ = each(func(p int) error { // what fails is tried again in the next round
		g.mu.Lock()
		stray := g.stray[p] && g.leases[p] == nil
		g.mu.Unlock()
		if !stray {
			return nil
		}
		at, err := g.server.place(ctx, g.Name, p)
		if err == nil && at.Owner == g.self {
			at.Owner = ""
			_, err = g.server.replace(ctx, g.server.subjects.place(g.Name, p), at.sequence, at)
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
	return may && (at.Owner == "" || at.Owner == g.self || g.others.gone(ctx, at.Owner))
}

// take makes this member the owner of a partition, and begins to handle it. The
// lease is lost with the claim that this process had before.
func (g *group) take(ctx context.Context, p int, at place) error {
	while := g.claim.While()
	if while.Err() != nil {
		return while.Err()
	}
	stream, err := g.server.js.Stream(ctx, g.server.config.stream(p))
	if err != nil {
		return err
	}
	if at.ahead(stream.CachedInfo().State) {
		at.Stream = time.Time{} // the server has lost messages: what it has is not what was read
	}
	at = at.in(stream.CachedInfo().Created)
	at.Owner = g.self
	at.sequence, err = g.server.replace(ctx, g.server.subjects.place(g.Name, p), at.sequence, at)
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
