package rediscache_test

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/cachetest"
	"github.com/outgrowkit/outgrow/templates/kit/rediscache"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// patient is a timeout that a busy machine does not exceed.
const patient = 10 * time.Second

func open(t testing.TB, c rediscache.Config) *rediscache.Cache {
	t.Helper()
	r, err := rediscache.New("test", c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func TestRedis(t *testing.T)  { suite(t, testserver.Redis(t)) }
func TestValkey(t *testing.T) { suite(t, testserver.Valkey(t)) }

func suite(t *testing.T, addr string) {
	cachetest.Run(t, func(t *testing.T) cache.Driver {
		return open(t, rediscache.Config{Addr: addr, Prefix: cachetest.Prefix(), Timeout: patient})
	})
}

func TestProcesses(t *testing.T) {
	cachetest.Shared(t, func() string { return testserver.Redis(t) }, func(t *testing.T, addr, prefix string) cache.Shared {
		return open(t, rediscache.Config{Addr: addr, Prefix: prefix, Timeout: patient})
	})
}

func TestFaults(t *testing.T) {
	s := testserver.StartRedis(t, nil)
	cachetest.Faults(t, s, open(t, rediscache.Config{Addr: s.Addr()}))
}

func TestCutOff(t *testing.T) {
	cachetest.CutOff(t, testserver.Redis(t), func(addr string) cache.Driver {
		return open(t, rediscache.Config{Addr: addr, Prefix: cachetest.Prefix()})
	})
}

// TestFull shows that a server without room is a miss for what it does not take, and
// still serves what it has.
func TestFull(t *testing.T) {
	s := testserver.StartRedis(t, nil, "--maxmemory", "3mb", "--maxmemory-policy", "noeviction")
	cachetest.Full(t, open(t, rediscache.Config{Addr: s.Addr(), Timeout: patient}))
}
