package natsbus

import (
	"cmp"
	"context"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// Waiting returns how many messages of the streams come after where each group is, and how
// many before wait: for a group of this process, of the topics that it handles.
func (b *server) Waiting(ctx context.Context, mine map[string]*brokerbus.Group) (map[string]int, error) {
	all, err := b.Starts(ctx)
	if err != nil {
		return nil, err
	}
	waiting := map[string]int{}
	for group, starts := range all {
		var n atomic.Int64
		failed := each(func(p int) error {
			at, err := b.place(ctx, group, p)
			if err != nil {
				return err
			}
			stream, err := b.js.Stream(ctx, b.config.stream(p))
			if err == nil {
				info := stream.CachedInfo()
				n.Add(int64(starts.Behind(mine[group], at.Place, logOf(info), p, info.State.LastSeq)))
			}
			return err
		})
		waiting[group], err = int(n.Load()), cmp.Or(err, failed)
	}
	return waiting, err
}
