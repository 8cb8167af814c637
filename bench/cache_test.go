package bench

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/maypok86/otter/v2"
	"github.com/redis/rueidis"

	"github.com/outgrowkit/outgrow/bench/paired"
	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/memcachedcache"
	"github.com/outgrowkit/outgrow/templates/kit/memorycache"
	"github.com/outgrowkit/outgrow/templates/kit/nearcache"
	"github.com/outgrowkit/outgrow/templates/kit/rediscache"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

const cachedPerSecond = "values/s"

var cacheRows = []paired.Row{
	cached("memory-get", "get of 200 bytes, in memory", "otter by hand", 0.9, onMemory, onOtter, getting),
	cached("memory-set", "set of 200 bytes, in memory", "otter by hand", 0.9, onMemory, onOtter, setting),
	cached("redis-get", "get of 200 bytes, Redis", "rueidis by hand", 0.95, onRedis, onRueidis, getting),
	cached("redis-set", "set of 200 bytes, Redis", "rueidis by hand", 0.95, onRedis, onRueidis, setting),
	cached("memcached-get", "get of 200 bytes, Memcached", "gomemcache by hand", 0.95, onMemcached, onGomemcache, getting),
	cached("memcached-set", "set of 200 bytes, Memcached", "gomemcache by hand", 0.95, onMemcached, onGomemcache, setting),
	cached("hazelcast-get", "get of 200 bytes, Hazelcast", "gomemcache by hand", 0.95, onHazelcast, gomemcacheOnHazelcast, getting),
	cached("hazelcast-set", "set of 200 bytes, Hazelcast", "gomemcache by hand", 0.95, onHazelcast, gomemcacheOnHazelcast, setting),
	cached("near-get", "get of 200 bytes, near over Redis", "the memory cache", 0.8, onNear, onMemory, getting),
	cachedService("memory"),
	cachedService("redis"),
	cachedService("near"),
}

// cachedService is a row of a service whose store is read through a cache, with the same
// one when that is off. All of what is read is there after a moment.
func cachedService(adapter string) paired.Row {
	row := paired.Row{
		Name: "cache-service-" + adapter, Title: "GET, Postgres, through " + adapter, A: "store.cache", B: "without",
		Lines: []paired.Line{{Figure: perSecond, AtLeast: 1.3}, {Figure: cpuEach}, {Figure: instructionsEach, May: true}},
	}
	row.Open = func(t *testing.T) paired.Sides {
		server, get := testserver.StartPostgres(t), traffic{send: "get"}
		side := func(name, ttl string) paired.Round {
			c := kitWith(nil, "cache.adapter="+adapter, "store.cache.orders="+ttl,
				"cache.redis.addr="+testserver.Redis(t), "cache.redis.timeout=10s", "cache.near.ttl=1h")
			c.binary = projectWithCache
			return startPostgres(t, c, newDatabase(t, server.URL(), name), 1000).round(get)
		}
		return paired.Sides{A: side("a", "1h"), B: side("b", "0s")}
	}
	return row
}

// bySpace is a cache with what one does with it by hand: a prefix of the keys of a kind.
type bySpace interface {
	get(ctx context.Context, id string) bool
	set(ctx context.Context, id string, value []byte)
}

// cached is a row of two caches that do the same, from 64 goroutines.
func cached(name, title, byHand string, least float64, a, b func(*testing.T) bySpace, do func(bySpace) func(context.Context, string)) paired.Row {
	return paired.Row{
		Name: "cache-" + name, Title: title, A: "cache", B: byHand,
		Lines: []paired.Line{{Figure: cachedPerSecond, AtLeast: least}},
		Open: func(t *testing.T) paired.Sides {
			return paired.Sides{A: cacheRound(a(t), do), B: cacheRound(b(t), do)}
		},
	}
}

func getting(c bySpace) func(context.Context, string) {
	return func(ctx context.Context, id string) {
		if !c.get(ctx, id) {
			misses.Add(1)
		}
	}
}

func setting(c bySpace) func(context.Context, string) {
	return func(ctx context.Context, id string) { c.set(ctx, id, cachedValue) }
}

var (
	misses      atomic.Int64
	cachedValue = make([]byte, 200)
	cachedIDs   = func() (all []string) {
		for i := range 1000 {
			all = append(all, "0198c0f2-7d6e-7a3b-8c4d-"+strconv.Itoa(100_000+i))
		}
		return all
	}()
)

func cacheRound(c bySpace, do func(bySpace) func(context.Context, string)) paired.Round {
	return func(t *testing.T, d time.Duration) paired.Figures {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context()) // that of a request
		defer cancel()
		for _, id := range cachedIDs {
			c.set(ctx, id, cachedValue)
			c.get(ctx, id) // copies of it are made then
		}
		misses.Store(0)
		one := do(c)
		var done atomic.Int64
		var all sync.WaitGroup
		began := time.Now()
		for g := range 64 {
			all.Go(func() {
				n := 0
				for ; n%100 != 0 || time.Since(began) < d; n++ {
					one(ctx, cachedIDs[(n*7+g*31)%len(cachedIDs)])
				}
				done.Add(int64(n))
			})
		}
		all.Wait()
		took := time.Since(began)
		if missed := misses.Load(); missed > done.Load()/100 {
			t.Fatalf("%d of %d were misses", missed, done.Load())
		}
		return paired.Figures{cachedPerSecond: float64(done.Load()) / took.Seconds()}
	}
}

// kitCache is a space of a cache of the kit.
type kitCache struct{ kit.Cache }

func (c kitCache) get(ctx context.Context, id string) bool {
	_, found := c.Get(ctx, id)
	return found
}

func (c kitCache) set(ctx context.Context, id string, value []byte) { c.Set(ctx, id, value, time.Hour) }

func over(t *testing.T, d cache.Driver, err error) bySpace {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	c := cache.New(cache.Config{MaxValue: 1 << 20}, d, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = c.Close() })
	return kitCache{c.Space("orders", 1)}
}

func onMemory(t *testing.T) bySpace {
	d, err := memorycache.New(memorycache.Config{})
	return over(t, d, err)
}

func onRedis(t *testing.T) bySpace {
	d, err := rediscache.New("shop", rediscache.Config{Addr: testserver.Redis(t), Timeout: 10 * time.Second}, nil)
	return over(t, d, err)
}

func onMemcached(t *testing.T) bySpace { return memcachedAt(t, testserver.Memcached(t)) }

func onHazelcast(t *testing.T) bySpace { return memcachedAt(t, testserver.Hazelcast(t)) }

func memcachedAt(t *testing.T, addr string) bySpace {
	d, err := memcachedcache.New("shop", memcachedcache.Config{Addr: addr, Timeout: 10 * time.Second})
	return over(t, d, err)
}

func onNear(t *testing.T) bySpace {
	d, err := nearcache.New(nearcache.Config{TTL: time.Hour}, func(changed func([]string)) (cache.Driver, error) {
		return rediscache.New("near", rediscache.Config{Addr: testserver.Redis(t), Timeout: 10 * time.Second}, changed)
	})
	return over(t, d, err)
}

type otterByHand struct{ *otter.Cache[string, []byte] }

func onOtter(*testing.T) bySpace {
	return otterByHand{otter.Must(&otter.Options[string, []byte]{
		MaximumWeight:    64 << 20,
		Weigher:          func(key string, value []byte) uint32 { return uint32(len(key) + len(value)) },
		ExpiryCalculator: otter.ExpiryWriting[string, []byte](time.Hour),
	})}
}

func (c otterByHand) get(_ context.Context, id string) bool {
	_, found := c.GetIfPresent("order:" + id)
	return found
}

func (c otterByHand) set(_ context.Context, id string, value []byte) {
	c.Set("order:"+id, append([]byte(nil), value...)) // as it was just encoded
}

type rueidisByHand struct{ rueidis.Client }

func onRueidis(t *testing.T) bySpace {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{testserver.Redis(t)}, DisableCache: true, ConnWriteTimeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return rueidisByHand{client}
}

func (c rueidisByHand) get(ctx context.Context, id string) bool {
	_, err := c.Do(ctx, c.B().Get().Key("shop:order:"+id).Build()).AsBytes()
	return err == nil
}

func (c rueidisByHand) set(ctx context.Context, id string, value []byte) {
	if err := c.Do(ctx, c.B().Set().Key("shop:order:"+id).Value(rueidis.BinaryString(value)).PxMilliseconds(3_600_000).Build()).Error(); err != nil {
		panic(err)
	}
}

type gomemcacheByHand struct{ *memcache.Client }

func onGomemcache(t *testing.T) bySpace { return gomemcacheAt(t, testserver.Memcached(t)) }

func gomemcacheOnHazelcast(t *testing.T) bySpace { return gomemcacheAt(t, testserver.Hazelcast(t)) }

func gomemcacheAt(t *testing.T, addr string) bySpace {
	client := memcache.New(addr)
	client.Timeout, client.MaxIdleConns = 10*time.Second, 64
	t.Cleanup(func() { _ = client.Close() })
	return gomemcacheByHand{client}
}

func (c gomemcacheByHand) get(_ context.Context, id string) bool {
	_, err := c.Get("shop:order:" + id)
	return err == nil
}

func (c gomemcacheByHand) set(_ context.Context, id string, value []byte) {
	if err := c.Set(&memcache.Item{Key: "shop:order:" + id, Value: value, Expiration: 3600}); err != nil {
		panic(err)
	}
}
