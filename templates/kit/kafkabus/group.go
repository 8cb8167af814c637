package kafkabus

import (
	"context"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// group is this process's membership of a group.
type group struct {
	*brokerbus.Group
	server *server
	starts map[string]start      // by topic
	fault  atomic.Pointer[error] // why it cannot be a member
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

// run handles messages until the group is to end, and waits for its handlers. When there
// is another topic, another member follows.
func (g *group) run() {
	brokerbus.Until(g.Active, func() error {
		m, err := newMember(g)
		if err != nil {
			return err
		}
		m.run()
		return errGone
	})
}

// id is the name of the consumer group.
func (g *group) id() string { return g.server.config.group(g.Name) }

// tell notes an error that must be mended elsewhere.
func (g *group) tell(err error) {
	if err = g.server.config.explain(err); kit.CodeOf(err) == kit.Invalid {
		g.fault.Store(&err)
	}
}
