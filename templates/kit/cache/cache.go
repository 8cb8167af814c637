// Package cache is what all caches have in common, above a Driver for each: loads that are
// shared, values that are loaded anew before they expire, what is known to be absent,
// spaces, limits, and that a cache which is away is a miss.
package cache

import (
	"context"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Config says what is kept.
type Config struct {
	MaxValue int           // of a value, in bytes; larger ones are not kept
	Absent   time.Duration // for how long it is known that there is no value; 0s for not at all
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	if c.MaxValue < 1 || c.MaxValue > 64<<20 {
		report("MaxValue", "must be from 1 to 67108864 bytes")
	}
	if c.Absent < 0 || c.Absent > time.Hour {
		report("Absent", "must be from 0s to 1h")
	}
}

// Stats is what a cache has done since it was made.
type Stats struct {
	Hits, Misses atomic.Int64
	Errors       atomic.Int64 // of the driver
	Loads        atomic.Int64 // calls of load
	LoadTime     atomic.Int64 // that these took, in nanoseconds
}

// Cache is a kit.Cache.
type Cache struct {
	*shared
	space string // how its keys begin
}

// shared is what the spaces of a cache share.
type shared struct {
	driver  Driver
	local   Local  // the driver, if it is one
	server  Shared // the driver, if it is one
	now     func() time.Time
	config  Config
	log     *slog.Logger
	stats   Stats
	flights flights

	silentUntil atomic.Int64 // in nanoseconds of Unix time, after an error was logged
}

// New returns a cache over a driver, which it closes.
func New(c Config, d Driver, log *slog.Logger) *Cache {
	local, _ := d.(Local)
	server, _ := d.(Shared)
	now := time.Now
	if clocked, ok := d.(Clocked); ok {
		now = clocked.Now
	}
	return &Cache{shared: &shared{
		driver: d, local: local, server: server, now: now, config: c, log: log,
		flights: flights{log: log, running: map[string]*flight{}},
	}}
}

// Space returns a part of the cache: see kit.Cache.
func (c *Cache) Space(name string, version int) kit.Cache {
	return &Cache{c.shared, c.space + name + "." + strconv.Itoa(version) + ":"}
}

// Get returns a value: see kit.Cache.
func (c *Cache) Get(ctx context.Context, key string) ([]byte, bool) {
	s, hit, _ := c.look(ctx, c.space+key)
	if !hit {
		return nil, false
	}
	value, err := s.value()
	return value, err == nil
}

// look returns what is stored under a name, and whether that is a value. Otherwise it is
// a miss.
func (c *shared) look(ctx context.Context, name string) (s stored, hit bool, err error) {
	found, err := c.driver.Get(ctx, name)
	if err != nil {
		c.note(ctx, err)
	}
	if s = found; c.usable(s) {
		c.stats.Hits.Add(1)
		return s, true, nil
	}
	c.stats.Misses.Add(1)
	return s, false, err
}

// usable reports whether what is stored is a value that has not expired.
func (c *shared) usable(s stored) bool {
	return s.known() && (c.local != nil || s.left(c.now()) > 0)
}

// Set keeps a value: see kit.Cache.
func (c *Cache) Set(ctx context.Context, key string, value []byte, ttl time.Duration) {
	name := c.space + key
	c.flights.outdate(name)
	c.keep(ctx, name, present, value, ttl)
}

// keep stores a value. One that cannot be kept takes the place of the one before as well.
func (c *shared) keep(ctx context.Context, name string, kind byte, value []byte, ttl time.Duration) {
	if !c.fits(value, ttl) {
		c.note(ctx, c.driver.Delete(ctx, name))
		return
	}
	s, ttl := newStored(name, kind, value, ttl, c.now())
	c.note(ctx, c.driver.Set(ctx, name, s, ttl))
}

func (c *shared) fits(value []byte, ttl time.Duration) bool {
	return ttl >= time.Millisecond && len(value) <= c.config.MaxValue
}

// Delete removes values: see kit.Cache.
func (c *Cache) Delete(ctx context.Context, keys ...string) error {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = c.space + key
		c.flights.outdate(names[i])
	}
	err := c.driver.Delete(ctx, names...)
	c.note(ctx, err)
	if err != nil {
		return kit.Wrap(kit.Unavailable, err, "the cache does not answer")
	}
	return nil
}

// Fetch returns a value, or loads it: see kit.Cache.
func (c *Cache) Fetch(ctx context.Context, key string, ttl time.Duration, load func(context.Context) ([]byte, error)) ([]byte, error) {
	name := c.space + key
	s, hit, err := c.look(ctx, name)
	if !hit {
		return c.flights.join(ctx, name, func(ctx context.Context, f *flight) {
			before, found := c.claim(ctx, name, s, err)
			if found != nil {
				f.value, f.err = found.value()
				return
			}
			c.load(ctx, f, before, ttl, load)
		}).wait(ctx)
	}
	if s.ageing(c.now()) {
		c.flights.begin(ctx, name, func(ctx context.Context, f *flight) { c.load(ctx, f, s, ttl, load) })
	}
	return s.value()
}

// load loads a value and keeps it, unless it is outdated. before is what is stored until
// then: another process that has changed the value has removed that.
func (c *shared) load(ctx context.Context, f *flight, before stored, ttl time.Duration, load func(context.Context) ([]byte, error)) {
	began := time.Now()
	defer func() {
		c.stats.Loads.Add(1)
		c.stats.LoadTime.Add(int64(time.Since(began)))
	}()
	f.value, f.err = load(ctx)
	f.storing.Lock()
	defer f.storing.Unlock()
	switch {
	case f.outdated:
	case f.err == nil:
		c.settle(ctx, f.name, before, present, f.value, ttl)
	case kit.CodeOf(f.err) == kit.NotFound && c.config.Absent > 0:
		c.settle(ctx, f.name, before, absent, []byte(f.err.Error()), min(ttl, c.config.Absent))
	default:
		c.giveUp(ctx, f.name, before)
	}
}

// note counts the errors of the driver, and logs one a minute.
func (c *shared) note(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	c.stats.Errors.Add(1)
	now := time.Now()
	if last := c.silentUntil.Load(); last < now.UnixNano() && c.silentUntil.CompareAndSwap(last, now.Add(time.Minute).UnixNano()) {
		c.log.WarnContext(ctx, "the cache fails, and what it has is loaded instead; its next errors are only counted for a minute", "error", err)
	}
}

// Stats returns what the cache has done, in all of its spaces.
func (c *Cache) Stats() *Stats { return &c.stats }

// Size returns how many bytes are held in this process; 0 if none are.
func (c *Cache) Size() int64 {
	if c.local != nil {
		return c.local.Size()
	}
	return 0
}

// Ping returns nil if the cache answers.
func (c *Cache) Ping(ctx context.Context) error { return c.driver.Ping(ctx) }

// Close ends loads, and closes the driver.
func (c *Cache) Close() error {
	c.flights.end()
	return c.driver.Close()
}
