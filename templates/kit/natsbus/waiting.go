package natsbus

import (
	"context"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// Waiting returns how many messages of the streams come after where the group is with the
// topics of this version of the service, and how many before wait.
func (b *server) Waiting(ctx context.Context, g *brokerbus.Group) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	b.mu.Lock()
	from := b.groups[g.Name].topics
	b.mu.Unlock()
	var n atomic.Int64
	err := each(func(p int) error {
		at, err := b.place(ctx, g.Name, p)
		if err != nil {
			return err
		}
		stream, err := b.js.Stream(ctx, b.config.stream(p))
		if err != nil {
			return err
		}
		info, starts := stream.CachedInfo(), map[string]uint64{}
		for topic, of := range from {
			starts[topic] = of[p].in(info.Created)
		}
		n.Add(int64(at.in(info.Created).Behind(info.State.LastSeq, starts)))
		return nil
	})
	return int(n.Load()), err
}
