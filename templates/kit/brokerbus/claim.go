package brokerbus

import (
	"context"
	"sync"
	"time"
)

// Claim is what keeps partitions this process's own where the broker tells nobody of a
// process that it does not hear of any more: requests that succeed again and again. The
// claim is lost when none has for as long as it lasts, and ends for good with End. Others
// take over later, since they count from what the broker received.
type Claim struct {
	lasts time.Duration
	renew func(ctx context.Context) error

	mu      sync.Mutex
	ended   bool
	expires time.Time
	valid   context.Context // ends when it has expired; another one follows
	expire  context.CancelFunc
	expiry  *time.Timer // calls expire
}

// NewClaim returns a claim that lasts for so long after each renewal that succeeds.
func NewClaim(lasts time.Duration, renew func(ctx context.Context) error) *Claim {
	c := &Claim{lasts: lasts, renew: renew}
	c.valid, c.expire = context.WithCancel(context.Background())
	c.expire()
	return c
}

// Keep renews the claim until done is closed, and ends it.
func (c *Claim) Keep(done <-chan struct{}) {
	for {
		_ = c.Renew() // the next attempt follows soon
		select {
		case <-done:
			c.End()
			return
		case <-time.After(c.lasts / 8):
		}
	}
}

// Renew renews the claim now.
func (c *Claim) Renew() error {
	asked := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), c.lasts/2) // a slow answer is as good
	defer cancel()
	err := c.renew(ctx)
	if err == nil {
		c.Answered(asked)
	}
	return err
}

// Answered renews the claim for another request, made at a time, that the broker has
// answered: any is as good, if whoever gives partitions to others counts from it, too.
func (c *Claim) Answered(asked time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || asked.Add(c.lasts).Before(c.expires) {
		return
	}
	if c.expiry != nil {
		c.expiry.Stop()
	}
	if !time.Now().Before(c.expires) { // the process was frozen, and the timer has not told yet
		c.expire()
	}
	c.expires = asked.Add(c.lasts)
	if c.valid.Err() != nil {
		c.valid, c.expire = context.WithCancel(context.Background())
	}
	c.expiry = time.AfterFunc(time.Until(c.expires), c.expire)
}

// End has the claim be lost now, whatever is answered later.
func (c *Claim) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.expire()
	if c.expiry != nil {
		c.expiry.Stop()
	}
}

// Holds reports whether nobody else can own what this process does.
func (c *Claim) Holds() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.valid.Err() == nil && time.Now().Before(c.expires)
}

// While returns a context that ends when the claim has expired, if it has not yet.
func (c *Claim) While() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.valid
}
