// Package nearcache is a cache in memory in front of another one, which processes share.
package nearcache

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/memorycache"
)

// Config says how much is held in memory, and for how long.
type Config struct {
	Over     string        // the adapter of the cache behind it: redis or memcached
	MaxBytes int           // see memorycache.Config
	TTL      time.Duration // how long a copy is used before the cache behind it is asked again; 1s
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	memorycache.Config{MaxBytes: c.MaxBytes}.Check(report)
	if c.TTL < 0 || c.TTL > 24*time.Hour {
		report("TTL", "must be up to 24h, or 0 for the default")
	}
}

// Cache is a cache.Driver in front of another one. It uses a copy for at most the TTL, and
// not any more when the other one tells that the value has changed.
type Cache struct {
	local  *memorycache.Cache
	remote cache.Shared
	ttl    time.Duration
	seed   maphash.Seed
	epochs [1024]atomic.Uint64 // how often a value was changed, by the hash of its key
}

// New returns a cache in front of the one that open opens. That calls changed with the
// keys of values that any process has changed, if it knows, and with nil if any may have
// changed.
func New(c Config, open func(changed func(keys []string)) (cache.Driver, error)) (*Cache, error) {
	local, err := memorycache.New(memorycache.Config{MaxBytes: c.MaxBytes})
	if err != nil {
		return nil, err
	}
	n := &Cache{local: local, ttl: cmp.Or(c.TTL, time.Second), seed: maphash.MakeSeed()}
	remote, err := open(n.changed)
	if err != nil {
		return nil, errors.Join(err, local.Close())
	}
	n.remote = remote.(cache.Shared) // as every cache with a server is
	return n, nil
}

func (c *Cache) epoch(key string) *atomic.Uint64 {
	return &c.epochs[maphash.String(c.seed, key)%uint64(len(c.epochs))]
}

// Get returns a value: see cache.Driver. What was read before a change is not kept after
// it.
func (c *Cache) Get(ctx context.Context, key string) ([]byte, error) {
	if value, err := c.local.Get(ctx, key); value != nil || err != nil {
		return value, err
	}
	epoch := c.epoch(key)
	before := epoch.Load()
	value, err := c.remote.Get(ctx, key)
	left, ok := cache.Left(value)
	switch {
	case err != nil, ok && left <= 0:
		return nil, err
	case ok:
		c.local.SetIf(key, value, min(c.ttl, left), func() bool { return epoch.Load() == before })
	}
	return value, nil
}

// Set keeps a value: see cache.Driver. The next Get asks for it, since another process
// may set another one at the same time.
func (c *Cache) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	err := c.remote.Set(ctx, key, value, ttl)
	c.changed([]string{key})
	return err
}

// Add keeps a value if the key has none: see cache.Shared.
func (c *Cache) Add(ctx context.Context, key string, value []byte, ttl time.Duration) (added bool, err error) {
	added, err = c.remote.Add(ctx, key, value, ttl)
	c.changed([]string{key})
	return added, err
}

// Replace keeps a value if the key still has the one before: see cache.Shared.
func (c *Cache) Replace(ctx context.Context, key string, before, value []byte, ttl time.Duration) (replaced bool, err error) {
	replaced, err = c.remote.Replace(ctx, key, before, value, ttl)
	c.changed([]string{key})
	return replaced, err
}

// Delete removes values: see cache.Driver.
func (c *Cache) Delete(ctx context.Context, keys ...string) error {
	err := c.remote.Delete(ctx, keys...)
	c.changed(keys)
	return err
}

// changed removes copies; all of them for nil.
func (c *Cache) changed(keys []string) {
	if keys == nil {
		for i := range c.epochs {
			c.epochs[i].Add(1)
		}
		c.local.Clear()
		return
	}
	for _, key := range keys {
		c.epoch(key).Add(1)
	}
	_ = c.local.Delete(context.Background(), keys...) // it fails only when it is closed, and empty
}

// Size returns how many bytes it holds in memory.
func (c *Cache) Size() int64 { return c.local.Size() }

// Ping returns nil if the cache behind it answers.
func (c *Cache) Ping(ctx context.Context) error { return c.remote.Ping(ctx) }

// Close closes both.
func (c *Cache) Close() error { return errors.Join(c.remote.Close(), c.local.Close()) }
