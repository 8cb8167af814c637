package natsbus

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// claim is what keeps the leases of a member valid: a message in a stream in memory that
// it writes again and again. The leases are lost if it has not for Config.Lease. Others
// take them over once they have seen no new message for so long, which is later.
type claim struct {
	bus    *Bus
	member string // the name of this one

	mu      sync.Mutex
	expires time.Time
	valid   context.Context // ends when it has expired; another one follows
	expire  context.CancelFunc
	expiry  *time.Timer         // calls expire
	others  map[string]sighting // by member
}

// sighting is when this member saw first what another one had written.
type sighting struct {
	written, seen time.Time
}

func newClaim(b *Bus) *claim {
	c := &claim{bus: b, member: kit.NewUUID().String(), others: map[string]sighting{}}
	c.valid, c.expire = context.WithCancel(context.Background())
	c.expire()
	return c
}

// keep renews the claim until the member has left.
func (c *claim) keep(left <-chan struct{}) {
	for {
		c.renew()
		select {
		case <-left:
			c.expire()
			return
		case <-time.After(c.bus.config.Lease / 8):
		}
	}
}

// renew writes the message. If that fails, the next attempt follows soon.
func (c *claim) renew() {
	lease, asked := c.bus.config.Lease, time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), lease/4)
	defer cancel()
	if _, err := c.bus.js.Publish(ctx, c.bus.subjects.alive(c.member), nil); err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.expiry != nil {
		c.expiry.Stop()
	}
	c.expires = asked.Add(lease)
	if c.valid.Err() != nil {
		c.valid, c.expire = context.WithCancel(context.Background())
	}
	c.expiry = time.AfterFunc(time.Until(c.expires), c.expire)
}

// holds reports whether nobody else can have what this member owns.
func (c *claim) holds() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.valid.Err() == nil && time.Now().Before(c.expires)
}

// while returns a context that ends when the claim has expired, if it has not yet.
func (c *claim) while() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.valid
}

// gone reports whether another member's claim has expired.
func (c *claim) gone(ctx context.Context, member string) bool {
	var written time.Time // zero if the server has forgotten it
	m, err := c.bus.claims.GetLastMsgForSubject(ctx, c.bus.subjects.alive(member))
	switch {
	case err == nil:
		written = m.Time
	case !errors.Is(err, jetstream.ErrMsgNotFound):
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	other, known := c.others[member]
	if !known || !other.written.Equal(written) {
		c.others[member] = sighting{written, time.Now()}
		return false
	}
	return time.Since(other.seen) > c.bus.config.Lease
}
