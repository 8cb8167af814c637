package nearcache_test

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/cachetest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
	"github.com/outgrowkit/outgrow/templates/kit/memcachedcache"
	"github.com/outgrowkit/outgrow/templates/kit/nearcache"
	"github.com/outgrowkit/outgrow/templates/kit/rediscache"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// patient is a timeout that a busy machine does not exceed.
const patient = 10 * time.Second

// overRedis has copies live for an hour: it is told when they change.
func overRedis(t testing.TB, addr, prefix string, timeout time.Duration) *nearcache.Cache {
	return open(t, time.Hour, func(changed func([]string)) (cache.Driver, error) {
		return rediscache.New("test", rediscache.Config{Addr: addr, Prefix: prefix, Timeout: timeout}, changed)
	})
}

func overMemcached(t testing.TB, addr, prefix string, timeout time.Duration) *nearcache.Cache {
	return open(t, 200*time.Millisecond, func(func([]string)) (cache.Driver, error) {
		return memcachedcache.New("test", memcachedcache.Config{Addr: addr, Prefix: prefix, Timeout: timeout})
	})
}

func open(t testing.TB, ttl time.Duration, remote func(func([]string)) (cache.Driver, error)) *nearcache.Cache {
	t.Helper()
	n, err := nearcache.New(nearcache.Config{TTL: ttl}, remote)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

var remotes = map[string]struct {
	server func(testing.TB) string
	open   func(t testing.TB, addr, prefix string, timeout time.Duration) *nearcache.Cache
}{
	"Redis":     {testserver.Redis, overRedis},
	"Valkey":    {testserver.Valkey, overRedis},
	"Memcached": {testserver.Memcached, overMemcached},
}

func TestOverRedis(t *testing.T)     { suite(t, "Redis") }
func TestOverValkey(t *testing.T)    { suite(t, "Valkey") }
func TestOverMemcached(t *testing.T) { suite(t, "Memcached") }

func suite(t *testing.T, name string) {
	remote := remotes[name]
	addr := remote.server(t)
	cachetest.Run(t, func(t *testing.T) cache.Driver { return remote.open(t, addr, cachetest.Prefix(), patient) })
}

func TestProcessesOnRedis(t *testing.T)     { processes(t, "Redis") }
func TestProcessesOnValkey(t *testing.T)    { processes(t, "Valkey") }
func TestProcessesOnMemcached(t *testing.T) { processes(t, "Memcached") }

func processes(t *testing.T, name string) {
	remote := remotes[name]
	cachetest.Shared(t, func() string { return remote.server(t) }, func(t *testing.T, addr, prefix string) cache.Shared {
		return remote.open(t, addr, prefix, patient)
	})
}

func TestFaultsOfRedis(t *testing.T) {
	s := testserver.StartRedis(t, nil)
	cachetest.Faults(t, s, overRedis(t, s.Addr(), "near", 0))
}

func TestFaultsOfMemcached(t *testing.T) {
	s := testserver.StartMemcached(t, nil)
	cachetest.Faults(t, s, overMemcached(t, s.Addr(), "near", 0))
}

func TestCutOff(t *testing.T) {
	cachetest.CutOff(t, testserver.Redis(t), func(addr string) cache.Driver { return overRedis(t, addr, cachetest.Prefix(), 0) })
}

// TestCopies shows that a value is asked for once, and that copies are not used any more
// when the server is gone, whose changes would not be known.
func TestCopies(t *testing.T) {
	s := testserver.StartRedis(t, nil)
	near := overRedis(t, s.Addr(), "near", 0)
	c := cachetest.Over(t, near)
	drivertest.Eventually(t, "a value is kept", func() bool {
		c.Set(t.Context(), "key", []byte("value"), time.Hour)
		_, found := c.Get(t.Context(), "key")
		return found && near.Size() > 0
	})
	for _, gone := range []struct{ begin, end func() }{{s.Freeze, s.Thaw}, {s.Kill, s.Start}} {
		cachetest.Works(t, c)
		drivertest.Eventually(t, "there is a copy", func() bool {
			c.Set(t.Context(), "key", []byte("value"), time.Hour)
			c.Get(t.Context(), "key")
			return near.Size() > 0
		})
		gone.begin()
		drivertest.Eventually(t, "copies are not used any more", func() bool {
			_, found := c.Get(t.Context(), "key")
			return !found && near.Size() == 0
		})
		gone.end()
	}
}
