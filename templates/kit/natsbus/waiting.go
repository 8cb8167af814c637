package natsbus

import (
	"context"
	"maps"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// Waiting returns how many messages of the streams come after where the group is with the
// topics of this version of the service, and how many before wait.
func (b *server) Waiting(ctx context.Context, g *brokerbus.Group) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	all, err := b.Starts(ctx)
	if err != nil {
		return 0, err
	}
	var n atomic.Int64
	err = each(func(p int) error {
		at, err := b.place(ctx, g.Name, p)
		if err != nil {
			return err
		}
		stream, err := b.js.Stream(ctx, b.config.stream(p))
		if err != nil {
			return err
		}
		info := stream.CachedInfo()
		starts := all[g.Name].In(logOf(info), p)
		maps.DeleteFunc(starts, func(topic string, _ uint64) bool { return !g.Knows(topic) })
		n.Add(int64(at.In(logOf(info), info.State.LastSeq).Behind(info.State.LastSeq, starts)))
		return nil
	})
	return int(n.Load()), err
}
