package memcachedcache_test

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/cachetest"
	"github.com/outgrowkit/outgrow/templates/kit/memcachedcache"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// patient is a timeout that a busy machine does not exceed.
const patient = 10 * time.Second

func open(t testing.TB, c memcachedcache.Config) *memcachedcache.Cache {
	t.Helper()
	m, err := memcachedcache.New("test", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func TestMemcached(t *testing.T) { suite(t, testserver.Memcached(t)) }
func TestHazelcast(t *testing.T) { suite(t, testserver.Hazelcast(t)) }

// TestTwoServers shows that servers can share the keys.
func TestTwoServers(t *testing.T) {
	suite(t, testserver.Memcached(t)+", "+testserver.StartMemcached(t, nil).Addr())
}

func suite(t *testing.T, addr string) {
	cachetest.Run(t, func(t *testing.T) cache.Driver {
		return open(t, memcachedcache.Config{Addr: addr, Prefix: cachetest.Prefix(), Timeout: patient})
	})
}

func TestProcesses(t *testing.T) {
	cachetest.Shared(t, func() string { return testserver.Memcached(t) }, func(t *testing.T, addr, prefix string) cache.Shared {
		return open(t, memcachedcache.Config{Addr: addr, Prefix: prefix, Timeout: patient})
	})
}

func TestProcessesOnHazelcast(t *testing.T) {
	cachetest.Shared(t, func() string { return testserver.Hazelcast(t) }, func(t *testing.T, addr, prefix string) cache.Shared {
		return open(t, memcachedcache.Config{Addr: addr, Prefix: prefix, Timeout: patient})
	})
}

func TestFaults(t *testing.T) {
	s := testserver.StartMemcached(t, nil)
	cachetest.Faults(t, s, open(t, memcachedcache.Config{Addr: s.Addr()}))
}

func TestCutOff(t *testing.T) {
	cachetest.CutOff(t, testserver.Memcached(t), func(addr string) cache.Driver {
		return open(t, memcachedcache.Config{Addr: addr, Prefix: cachetest.Prefix()})
	})
}

// TestFull shows that a server without room is a miss for what it does not take, and
// still serves what it has.
func TestFull(t *testing.T) {
	s := testserver.StartMemcached(t, nil, "-m", "3", "-M")
	cachetest.Full(t, open(t, memcachedcache.Config{Addr: s.Addr(), Timeout: patient}))
}
