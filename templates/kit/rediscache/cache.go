// Package rediscache is a cache on Redis, Valkey, or another server that speaks RESP 3.
package rediscache

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/cache"
)

// Cache is a cache.Driver on a server.
type Cache struct {
	config  Config
	options rueidis.ClientOption
	prefix  string
	client  atomic.Pointer[rueidis.Client] // nil until it could connect
	pause   *cache.Pause                   // nil for a cluster, of which only a part may be away

	connecting sync.Mutex
	closed     chan struct{}
	work       sync.WaitGroup
}

// New returns a cache for a service. A server that is away is no error: the cache connects
// to it later, and Ping says why it is. The error is Invalid if the configuration cannot be
// right.
//
// If changed is not nil, it is called with the keys of values that any process has
// changed, and with nil if that is not known.
func New(service string, c Config, changed func(keys []string)) (*Cache, error) {
	c = c.filled(service)
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	r := &Cache{config: c, options: options, prefix: c.Prefix + ":", closed: make(chan struct{})}
	if len(cache.Addresses(c.Addr)) == 1 {
		r.pause = new(cache.Pause)
	}
	if changed != nil {
		r.options.DisableCache = false
		r.options.ClientTrackingOptions = []string{"BCAST", "PREFIX", r.prefix}
		r.options.OnInvalidations = func(told []rueidis.RedisMessage) { changed(r.keys(told)) }
	}
	switch err := r.connect(); kit.CodeOf(err) {
	case "":
	case kit.Unavailable:
		r.work.Go(r.reconnect)
	default:
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

// connect connects for the first time: the client does it itself from then on.
func (r *Cache) connect() error {
	r.connecting.Lock()
	defer r.connecting.Unlock()
	if r.isClosed() || r.client.Load() != nil {
		return nil
	}
	if err := r.config.probe(r.options.TLSConfig); err != nil {
		return err
	}
	client, err := rueidis.NewClient(r.options)
	if err != nil {
		return r.config.explain(err)
	}
	r.client.Store(&client)
	return nil
}

func (r *Cache) isClosed() bool {
	select {
	case <-r.closed:
		return true
	default:
		return false
	}
}

// reconnect connects when the server is there.
func (r *Cache) reconnect() {
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	for r.client.Load() == nil {
		select {
		case <-r.closed:
			return
		case <-ticks.C:
			_ = r.connect() // Ping tells why not
		}
	}
}

// connected returns the client, if there is a connection.
func (r *Cache) connected() (rueidis.Client, error) {
	if client := r.client.Load(); client != nil {
		return *client, nil
	}
	return nil, kit.Errorf(kit.Unavailable, "there is no connection to Redis at %s", r.config.Addr)
}

// do has the server do what the function builds.
func (r *Cache) do(ctx context.Context, build func(rueidis.Builder) rueidis.Completed) (rueidis.RedisResult, error) {
	client, err := r.connected()
	if err != nil {
		return rueidis.RedisResult{}, err
	}
	result := client.Do(ctx, build(client.B()))
	return result, r.judge(ctx, result)
}

// judge returns the error of a result, if it is one.
func (r *Cache) judge(ctx context.Context, result rueidis.RedisResult) error {
	err := result.Error()
	switch {
	case err == nil || rueidis.IsRedisNil(err):
		return nil
	case ctx.Err() != nil:
		return kit.Wrap(kit.Unavailable, err, "the request ended before the cache could answer")
	}
	return r.pause.Note(r.config.explain(err))
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
	client, err := r.connected()
	if err != nil {
		return err
	}
	commands := make(rueidis.Commands, len(keys))
	for i, key := range keys {
		commands[i] = client.B().Del().Key(r.prefix + key).Build()
	}
	for _, result := range client.DoMulti(ctx, commands...) {
		if err := r.judge(ctx, result); err != nil {
			return err
		}
	}
	return nil
}

// Ping returns nil if the server answers.
func (r *Cache) Ping(ctx context.Context) error {
	if err := r.connect(); err != nil {
		return err
	}
	_, err := r.do(ctx, func(b rueidis.Builder) rueidis.Completed { return b.Ping().Build() })
	return err
}

// Close ends the connections.
func (r *Cache) Close() error {
	r.connecting.Lock()
	if !r.isClosed() {
		close(r.closed)
	}
	client := r.client.Swap(nil)
	r.connecting.Unlock()
	r.work.Wait()
	if client != nil {
		(*client).Close()
	}
	return nil
}
