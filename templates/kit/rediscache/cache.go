// Package rediscache is a cache on Redis, Valkey, or another server that speaks RESP 3.
package rediscache

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/internal/redisconn"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
)

// Cache is a cache.Driver on a server.
type Cache struct {
	conn   *redisconn.Conn
	prefix string
	pause  *cache.Pause // nil for a cluster, of which only a part may be away
}

// New returns a cache for a service. A server that is away is no error: the cache connects
// to it later, and Ping says why it is. The error is Invalid if the configuration cannot be
// right.
//
// If changed is not nil, it is called with the keys of values that any process has
// changed, and with nil if that is not known.
func New(service string, c Config, changed func(keys []string)) (r *Cache, err error) {
	c = c.filled(service)
	r = &Cache{prefix: c.Prefix + ":"}
	if len(remote.Addresses(c.Addr)) == 1 {
		r.pause = new(cache.Pause)
	}
	r.conn, err = redisconn.Open(c.server(), func(o *rueidis.ClientOption) {
		if changed != nil {
			o.DisableCache = false
			o.ClientTrackingOptions = []string{"BCAST", "PREFIX", r.prefix}
			o.OnInvalidations = func(told []rueidis.RedisMessage) { changed(r.keys(told)) }
		}
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// keys returns the keys of an invalidation, or nil for all.
func (r *Cache) keys(told []rueidis.RedisMessage) []string {
	if told == nil {
		return nil
	}
	keys := make([]string, 0, len(told))
	for _, m := range told {
		if name, err := m.ToString(); err == nil {
			keys = append(keys, strings.TrimPrefix(name, r.prefix))
		}
	}
	return keys
}

// do has the server do what the function builds.
func (r *Cache) do(ctx context.Context, build func(rueidis.Builder) rueidis.Completed) (rueidis.RedisResult, error) {
	return r.ask(ctx, func(c rueidis.Client) rueidis.RedisResult { return c.Do(ctx, build(c.B())) })
}

// ask calls the function with the client, and returns the result and what is wrong with it.
func (r *Cache) ask(ctx context.Context, ask func(rueidis.Client) rueidis.RedisResult) (rueidis.RedisResult, error) {
	result, err := r.conn.Do(ctx, ask)
	if ctx.Err() == nil {
		err = r.pause.Note(err)
	}
	return result, err
}

// Get returns a value: see cache.Driver.
func (r *Cache) Get(ctx context.Context, key string) ([]byte, error) {
	if err := r.pause.Err(); err != nil {
		return nil, err
	}
	result, err := r.do(ctx, func(b rueidis.Builder) rueidis.Completed { return b.Get().Key(r.prefix + key).Build() })
	if err != nil {
		return nil, err
	}
	value, err := result.AsBytes()
	if rueidis.IsRedisNil(err) {
		return nil, nil
	}
	return value, err
}

// Set keeps a value: see cache.Driver.
func (r *Cache) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := r.pause.Err(); err != nil {
		return err
	}
	_, err := r.do(ctx, func(b rueidis.Builder) rueidis.Completed {
		return b.Set().Key(r.prefix + key).Value(rueidis.BinaryString(value)).PxMilliseconds(max(1, ttl.Milliseconds())).Build()
	})
	return err
}

// Add keeps a value if the key has none: see cache.Shared.
func (r *Cache) Add(ctx context.Context, key string, value []byte, ttl time.Duration) (added bool, err error) {
	if err := r.pause.Err(); err != nil {
		return false, err
	}
	result, err := r.do(ctx, func(b rueidis.Builder) rueidis.Completed {
		return b.Set().Key(r.prefix + key).Value(rueidis.BinaryString(value)).Nx().PxMilliseconds(max(1, ttl.Milliseconds())).Build()
	})
	return err == nil && result.Error() == nil, err
}

// replacing is the script of Replace.
const replacing = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

// Replace keeps a value if the key still has the one before: see cache.Shared.
func (r *Cache) Replace(ctx context.Context, key string, before, value []byte, ttl time.Duration) (replaced bool, err error) {
	if err := r.pause.Err(); err != nil {
		return false, err
	}
	result, err := r.do(ctx, func(b rueidis.Builder) rueidis.Completed {
		return b.Eval().Script(replacing).Numkeys(1).Key(r.prefix+key).
			Arg(rueidis.BinaryString(before), rueidis.BinaryString(value), strconv.FormatInt(max(1, ttl.Milliseconds()), 10)).Build()
	})
	if err != nil {
		return false, err
	}
	n, err := result.AsInt64()
	return n == 1, err
}

// Delete removes values: see cache.Driver.
func (r *Cache) Delete(ctx context.Context, keys ...string) error {
	if len(keys) == 0 {
		return nil
	}
	_, err := r.ask(ctx, func(c rueidis.Client) (result rueidis.RedisResult) {
		commands := make(rueidis.Commands, len(keys))
		for i, key := range keys {
			commands[i] = c.B().Del().Key(r.prefix + key).Build()
		}
		for _, result = range c.DoMulti(ctx, commands...) {
			if result.Error() != nil {
				break
			}
		}
		return result
	})
	return err
}

// Ping returns nil if the server answers.
func (r *Cache) Ping(ctx context.Context) error { return r.conn.Ping(ctx) }

// Close ends the connections.
func (r *Cache) Close() error { return r.conn.Close() }
