package brokerbus

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Driver is a broker.
type Driver interface {
	// Send sends a message, whose names and size have been checked, and does not wait
	// for its confirmation: Done is called with it, perhaps before Send returns. No
	// other message of the same key is sent until then.
	Send(o *Outgoing)

	// Join makes a group and its topics known to the broker. Every message that is
	// published after it has returned reaches the group, in this process or another.
	// run then handles messages until g.Active ends, and returns when this process has
	// given up what it owned.
	Join(ctx context.Context, g *Group) (run func(), err error)

	// Waiting returns how many messages each group for which the broker keeps any has not
	// handled, as far as the broker tells, by name: of those of this process, and of those
	// that it does not have. Those that members in other processes have received, and those
	// that wait for another version of the service, may be among them or not.
	Waiting(ctx context.Context, mine map[string]*Group) (map[string]int, error)

	// Ping returns nil if the broker can store messages now, otherwise Unavailable.
	Ping(ctx context.Context) error

	// Capability returns what the broker can do.
	Capability() kit.BusCapability

	// Close releases the connection. All groups have ended.
	Close()
}
