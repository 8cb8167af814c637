package kafkabus

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// Waiting returns the lag of a group with the topics of this version of the service, but
// for what it has handled behind messages that wait.
func (b *server) Waiting(ctx context.Context, g *brokerbus.Group) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	places, err := b.places(ctx, g.Name)
	if err != nil {
		return 0, err
	}
	ends, err := b.admin.ListEndOffsets(ctx, b.config.events())
	if err != nil {
		return 0, err
	}
	for p, at := range places {
		end, _ := ends.Lookup(b.config.events(), int32(p))
		if end.Err != nil {
			return 0, end.Err
		}
		n += b.record.Behind(g, at, b.topic.Load().id.String(), p, uint64(end.Offset))
	}
	return n, nil
}
