// Package memorycache is a cache within the process, bounded in bytes.
package memorycache

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Config says how much the cache holds.
type Config struct {
	MaxBytes int // of all values, their keys, and what it takes to keep them; 64 MiB
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	if c.MaxBytes < 0 || c.MaxBytes > 0 && c.MaxBytes < 1<<20 {
		report("MaxBytes", "must be at least 1048576, or 0 for the default")
	}
}

// overhead is about what an entry takes besides its key and its value, in bytes.
const overhead = 120

// resolution is how late a value may expire: to read the time is much of what a get costs.
const resolution = 10 * time.Millisecond

// entry is a value, and for how long it is kept.
type entry struct {
	value []byte
	ttl   time.Duration
}

// Cache is a cache.Driver in memory.
type Cache struct {
	entries *otter.Cache[string, entry]
	clock   *otter.CoarseClock
	closed  atomic.Bool
}

// New returns a cache.
func New(c Config) (*Cache, error) {
	clock := otter.NewCoarseClock(resolution)
	entries, err := otter.New(&otter.Options[string, entry]{
		MaximumWeight:    uint64(cmp.Or(c.MaxBytes, 64<<20)),
		Weigher:          func(key string, e entry) uint32 { return uint32(overhead + len(key) + len(e.value)) },
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[string, entry]) time.Duration { return e.Value.ttl }),
		Clock:            clock,
		Logger:           &otter.NoopLogger{},
	})
	if err != nil {
		clock.Stop()
		return nil, kit.Wrap(kit.Invalid, err, "the cache in memory cannot be made")
	}
	return &Cache{entries: entries, clock: clock}, nil
}

// Get returns a value: see cache.Driver.
func (c *Cache) Get(_ context.Context, key string) ([]byte, error) {
	e, _ := c.entries.GetIfPresent(key)
	return e.value, c.open()
}

// Set keeps a value: see cache.Driver.
func (c *Cache) Set(_ context.Context, key string, value []byte, ttl time.Duration) error {
	if err := c.open(); err != nil {
		return err
	}
	c.entries.Set(key, entry{value, ttl})
	return nil
}

// SetIf keeps a value if valid returns true when no other change of the key can come
// between.
func (c *Cache) SetIf(key string, value []byte, ttl time.Duration, valid func() bool) {
	c.entries.Compute(key, func(entry, bool) (entry, otter.ComputeOp) {
		if !valid() {
			return entry{}, otter.CancelOp
		}
		return entry{value, ttl}, otter.WriteOp
	})
}

// Delete removes values: see cache.Driver.
func (c *Cache) Delete(_ context.Context, keys ...string) error {
	for _, key := range keys {
		c.entries.Invalidate(key)
	}
	return c.open()
}

// Clear removes all values.
func (c *Cache) Clear() { c.entries.InvalidateAll() }

// Size returns how many bytes it holds, about.
func (c *Cache) Size() int64 { return int64(c.entries.WeightedSize()) }

// Now returns the time: see cache.Clocked.
func (c *Cache) Now() time.Time { return time.Unix(0, c.clock.NowNano()) }

// Ping returns nil until the cache is closed.
func (c *Cache) Ping(context.Context) error { return c.open() }

func (c *Cache) open() error {
	if c.closed.Load() {
		return kit.Errorf(kit.Unavailable, "the cache is closed")
	}
	return nil
}

// Close removes all values.
func (c *Cache) Close() error {
	if !c.closed.Swap(true) {
		c.entries.StopAllGoroutines()
		c.entries.InvalidateAll()
		c.clock.Stop()
	}
	return nil
}
