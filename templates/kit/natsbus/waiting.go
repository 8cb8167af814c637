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
		info := stream.CachedInfo()
		n.Add(int64(b.record.Behind(g, at.Place, logOf(info), p, info.State.LastSeq)))
		return nil
	})
	return int(n.Load()), err
}
