// Package cachedstore answers reads of stores from a cache.
//
// A change removes what is kept of an entity. The process that makes it does so right
// after the commit. An event, which is committed with the change, has it done again: so
// nothing stale stays where that process dies in between.
package cachedstore

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// Cache is what the cached stores of a process share. It is the kit.Transactor of the
// process, and handles the events of the kit that tell of changes.
type Cache struct {
	values kit.Cache
	db     Database
	log    *slog.Logger
	lost   atomic.Int64
}

// Database is what the stores are in.
type Database interface {
	kit.Transactor
	kit.Emitter
}

// New returns what stores in a database need to be read through a cache.
func New(values kit.Cache, db Database, log *slog.Logger) *Cache {
	return &Cache{values: values.Space("cachedstore", 1), db: db, log: log}
}

type pendingKey struct{}

// pending is the keys of what a transaction changes.
type pending struct {
	mu   sync.Mutex
	keys map[string]bool
}

func pendingOf(ctx context.Context) *pending {
	p, _ := ctx.Value(pendingKey{}).(*pending)
	return p
}

// Within runs fn in a transaction: see kit.Transactor. Reads in it are answered by the
// store. What it changes is removed from the cache when it has ended.
func (c *Cache) Within(ctx context.Context, fn func(ctx context.Context) error) error {
	if pendingOf(ctx) != nil {
		return c.db.Within(ctx, fn)
	}
	p := &pending{keys: map[string]bool{}}
	defer func() {
		for key := range p.keys {
			c.outdate(ctx, key)
		}
	}()
	return c.db.Within(context.WithValue(ctx, pendingKey{}, p), fn)
}

// outdate removes values: of a transaction, when that has ended. Where it fails, it is done
// again for the event.
func (c *Cache) outdate(ctx context.Context, keys ...string) {
	p := pendingOf(ctx)
	if p == nil {
		_ = c.values.Delete(context.WithoutCancel(ctx), keys...) // the cache logs it
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, key := range keys {
		p.keys[key] = true
	}
}

// Group is that of all processes: one of them removes what has changed.
func (*Cache) Group() string { return "cachedstore" }

// Topics is that of Changed.
func (*Cache) Topics() []string { return []string{Topic} }

// patience is how long after a change it is tried to remove what has changed from a cache
// that is away: the events of a key wait meanwhile.
const patience = 5 * time.Second

// Handle removes what has changed: see delivery.Handler. If it cannot be removed in time,
// it is used until its ttl ends.
func (c *Cache) Handle(ctx context.Context, e kit.Event, _ kit.UUID) error {
	changed, ok := e.(Changed)
	if !ok {
		return kit.Errorf(kit.Internal, "%T is not of a cached store", e)
	}
	for {
		err := c.values.Delete(ctx, changed.keys()...)
		if err == nil {
			return nil
		}
		if time.Since(changed.At) > patience {
			c.lost.Add(1)
			c.log.WarnContext(ctx, "the cache is away, and may have what has changed until its ttl ends",
				"table", changed.Table, "key", changed.Entity, "error", err)
			return nil
		}
		if retry.Pause(ctx, time.Second) != nil {
			return err
		}
	}
}

// Lost returns how many changes this process could not remove from the cache in time.
func (c *Cache) Lost() int64 { return c.lost.Load() }
