package keyorder

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Window limits how many messages are under way: it is a channel that holds one for
// each.
type Window chan struct{}

// Enter waits until one more message may be under way, or ctx ends.
func (w Window) Enter(ctx context.Context) error {
	select {
	case w <- struct{}{}:
		return nil
	default:
	}
	select {
	case w <- struct{}{}:
		return nil
	case <-ctx.Done():
		return kit.Wrap(kit.Unavailable, ctx.Err(), "the bus is full")
	}
}

// Leave makes room for another message.
func (w Window) Leave() { <-w }
