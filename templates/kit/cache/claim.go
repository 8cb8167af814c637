package cache

import (
	"context"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// claimed is how long a claim lasts: what takes longer to load is not kept. And patience is
// how long after a claim other processes wait for the value, before they load it themselves:
// the one that has claimed it may have died.
const (
	claimed  = longest
	patience = time.Second
)

// claim has one of the processes that share a server load a missing value. seen is what is
// stored in its place, and failed why that is not known. It returns the value if another
// process has loaded it meanwhile. Otherwise it is to be loaded, and before is what is
// stored until then; nil if the value is not to be kept.
func (c *shared) claim(ctx context.Context, name string, seen stored, failed error) (before, found stored) {
	if c.server == nil {
		return nil, nil
	}
	began, own := time.Now(), newClaim()
	for pause := time.Millisecond; failed == nil; pause = min(2*pause, 50*time.Millisecond) {
		switch age := seen.claimAge(); {
		case c.usable(seen):
			return nil, seen
		case age < claimed && max(age, time.Since(began)) > patience:
			return nil, nil
		case age < 0, age >= claimed:
			put, err := c.replace(ctx, name, seen, own, claimed)
			c.note(ctx, err)
			if put {
				return own, nil
			}
			failed = err
		}
		if failed == nil {
			failed = retry.Wait(ctx, pause)
		}
		if failed == nil {
			seen, failed = c.driver.Get(ctx, name)
			c.note(ctx, failed)
		}
	}
	return nil, nil
}

// replace stores something if before, which may be nil, is still stored. A server that
// cannot tell takes it in any case.
func (c *shared) replace(ctx context.Context, name string, before, s stored, ttl time.Duration) (replaced bool, err error) {
	if before == nil {
		return c.server.Add(ctx, name, s, ttl)
	}
	replaced, err = c.server.Replace(ctx, name, before, s, ttl)
	if kit.CodeOf(err) == kit.Invalid {
		return true, c.driver.Set(ctx, name, s, ttl)
	}
	return replaced, err
}

// settle keeps what was loaded. If processes share a server, it does so only if before is
// still stored: otherwise the value has changed since, or another process loads it.
func (c *shared) settle(ctx context.Context, name string, before stored, kind byte, value []byte, ttl time.Duration) {
	switch {
	case c.server == nil, before != nil && !c.fits(value, ttl):
		c.keep(ctx, name, kind, value, ttl)
	case before != nil:
		s, ttl := newStored(name, kind, value, ttl, c.now())
		_, err := c.replace(ctx, name, before, s, ttl)
		c.note(ctx, err)
	}
}

// giveUp lets another process load what this one could not.
func (c *shared) giveUp(ctx context.Context, name string, before stored) {
	if before.isClaim() {
		c.note(ctx, c.driver.Delete(context.WithoutCancel(ctx), name))
	}
}
