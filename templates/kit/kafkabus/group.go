package kafkabus

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// group is this process's membership of a group.
type group struct {
	*brokerbus.Group
	server *server
	starts brokerbus.Starts
}

// Join makes a group known, and begins to acquire its share of the partitions.
func (b *server) Join(ctx context.Context, of *brokerbus.Group) (run func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, max(b.config.ConnectTimeout, 5*time.Second))
	defer cancel()
	g := &group{Group: of, server: b}
	if g.starts, err = b.record.Enroll(ctx, of); err == nil {
		err = g.fits()
	}
	if err != nil {
		return nil, b.config.explain(err)
	}
	return g.run, nil
}

// fits returns an error if the brokers do not let a place have so many topics.
func (g *group) fits() error {
	largest := brokerbus.Place{Log: kadm.TopicID{}.String(), Read: map[string]uint64{}}
	for topic := range g.starts {
		largest.Read[topic] = 1 << 62
	}
	if n := len(encodePlace(largest, 0)); n > g.server.metadata {
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
	g.server.outcast.Delete(g.Name)
}

// id is the name of the consumer group.
func (g *group) id() string { return g.server.config.group(g.Name) }

// tell notes an error that must be mended elsewhere.
func (g *group) tell(err error) {
	if err = g.server.config.explain(err); kit.CodeOf(err) == kit.Invalid {
		g.server.outcast.Store(g.Name, err)
	}
}
