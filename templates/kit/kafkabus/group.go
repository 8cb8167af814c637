package kafkabus

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// group is this process's membership of a group, which it has again and again.
type group struct {
	*brokerbus.Group
	server *server
	starts map[string]start      // by topic
	fault  atomic.Pointer[error] // why it cannot be a member

	running sync.WaitGroup // leases whose handlers may be running

	mu   sync.Mutex
	busy [partitions]bool // those of them
}

// join makes a group known.
func (b *server) join(ctx context.Context, of *brokerbus.Group) (*group, error) {
	g := &group{Group: of, server: b, starts: map[string]start{}}
	for _, topic := range of.Topics() {
		from, err := b.enroll(ctx, of.Name, topic)
		if err != nil {
			return nil, err
		}
		g.starts[topic] = from
	}
	return g, g.fits()
}

// fits returns an error if the brokers do not let a place have so many topics.
func (g *group) fits() error {
	largest := place{Place: brokerbus.Place{Read: map[string]uint64{}}}
	for topic := range g.starts {
		largest.Read[topic] = 1 << 62
	}
	if n := len(largest.encode(g.server.metadata)); n > g.server.metadata {
		return brokerbus.Refuse("topic", "group %s has %d topics, and what says how far it has come has %d bytes: the brokers allow %d (offset.metadata.max.bytes)",
			g.Name, len(g.starts), n, g.server.metadata)
	}
	return nil
}

// run handles messages until the group is to end, and waits for its handlers.
func (g *group) run() {
	brokerbus.Until(g.Active, func() error {
		m, err := newMember(g)
		if err != nil {
			return err
		}
		m.run()
		return errGone // one that is gone is followed by another
	})
	g.running.Wait()
}

// take reports whether no handlers run that this process has for a partition. Those of a
// lease that was lost may run on.
func (g *group) take(p int32) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	free := !g.busy[p]
	g.busy[p] = true
	return free
}

func (g *group) leave(p int32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy[p] = false
}
