package prove

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// cachedRoute answers with what the process that loaded a value is called.
const cachedRoute = `package main

import (
	"context"
	"time"

	"example.com/shop/kit"
	"example.com/shop/kit/httpserver"
)

func mountCached(s *httpserver.Server, c kit.Cache) {
	process := kit.NewUUID().String()
	values := c.Space("values", 1)
	s.Get("/cached/{key}", func(r *httpserver.Request) (httpserver.Response, error) {
		loaded, err := values.Fetch(r.Context(), r.PathValue("key"), time.Hour, func(context.Context) ([]byte, error) {
			return []byte(process), nil
		})
		if err != nil {
			return httpserver.Response{}, err
		}
		return httpserver.JSON(map[string]string{"loaded": string(loaded)})
	})
}
`

func shopWithCaches(t *testing.T) builtProject {
	t.Helper()
	return shared(t, "caches", func(t *testing.T, folder string) project {
		p := scaffoldWith(t, folder, []string{
			"--with", "store=sqlite", "--with", "bus=channels", "--with", "cache=memory,redis,memcached,near",
		}, "order customer:string total:int64")
		p.write(t, "cached.go", cachedRoute)
		p.edit(t, "main.go", "\t\tderived(c.Derived),\n", "\t\tderived(c.Derived),\n\t\trun.Routes(mountCached),\n")
		return p
	})
}

// onCache returns the variables that move a project to a cache. Its timeout is one that a
// busy machine does not exceed.
func onCache(adapter, redis, memcached string) []string {
	return []string{
		"SHOP_CACHE_ADAPTER=" + adapter,
		"SHOP_CACHE_REDIS_ADDR=" + redis, "SHOP_CACHE_REDIS_TIMEOUT=2s",
		"SHOP_CACHE_MEMCACHED_ADDR=" + memcached, "SHOP_CACHE_MEMCACHED_TIMEOUT=2s",
	}
}

// loaded returns who loaded a value.
func (s *service) loaded(t *testing.T, key string) string {
	t.Helper()
	return fmt.Sprint(s.must(t, http.StatusOK, http.MethodGet, "/cached/"+key, "").value(t)["loaded"])
}

// TestSwapOfCaches swaps the cache of a service by variables alone. What one process has
// loaded, another one has if they share the server, and nobody gets an error while that
// is killed.
func TestSwapOfCaches(t *testing.T) {
	redis, memcached := testserver.StartRedis(t, nil), testserver.StartMemcached(t, nil)
	servers := map[string]*testserver.Server{"memory": nil, "redis": redis, "memcached": memcached, "near": redis}
	p, dir, addr := shopWithCaches(t), t.TempDir(), freeAddr(t)
	for _, adapter := range []string{"memory", "redis", "memcached", "near"} {
		server, variables := servers[adapter], onCache(adapter, redis.Addr(), memcached.Addr())
		s := startWith(t, variables, p.binary, dir, addr)
		first := s.loaded(t, adapter)
		for range 9 {
			if again := s.loaded(t, adapter); again != first {
				t.Errorf("%s: loaded again", adapter)
			}
		}
		if hits := s.metric(t, "cache_hits_total"); hits != 9 {
			t.Errorf("%s: %v hits", adapter, hits)
		}
		s.stop(t)
		s = startWith(t, variables, p.binary, dir, addr)
		if shared := s.loaded(t, adapter) == first; shared != (server != nil) {
			t.Errorf("%s: the next process has the value: %v", adapter, shared)
		}
		if server != nil {
			s.withoutCache(t, adapter, server)
		}
		s.stop(t)
		fmt.Printf("swapped to the cache %s\n", adapter)
	}
}

// withoutCache shows that a service whose cache is killed answers, and is ready but
// behind; and that it is used again when it is back.
func (s *service) withoutCache(t *testing.T, adapter string, server *testserver.Server) {
	t.Helper()
	server.Kill()
	own := s.loaded(t, "own")
	s.awaitHealth(t, "behind")
	server.Start()
	s.awaitHealth(t, "ready")
	for deadline := time.Now().Add(30 * time.Second); s.metric(t, "cache_hits_total") == 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: it is not used again", adapter)
		}
		if s.loaded(t, "own") != own {
			t.Fatalf("%s: the value is another process's", adapter)
		}
	}
}

func (s *service) awaitHealth(t *testing.T, want string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		a := s.must(t, http.StatusOK, http.MethodGet, "/readyz", "")
		if a.value(t)["status"] == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not %s: %s", want, a.body)
		}
	}
}

// TestCacheAtTheStart shows that a cache which is away is told, and that one which cannot
// be right ends the start.
func TestCacheAtTheStart(t *testing.T) {
	p, dir := shopWithCaches(t), t.TempDir()
	guarded := testserver.StartRedis(t, nil, "--requirepass", "right").Addr()
	memcached := testserver.StartMemcached(t, nil).Addr()
	nowhere := freeAddr(t)
	for _, f := range []startFault{
		{name: "cache (redis) wrong password", variables: append(onCache("redis", guarded, ""), "SHOP_CACHE_REDIS_PASSWORD="+password), says: "refuses the user", change: "SHOP_CACHE_REDIS_PASSWORD"},
		{name: "cache (redis) Memcached", variables: onCache("redis", memcached, ""), says: "is not Redis", change: "SHOP_CACHE_REDIS_ADDR"},
		{name: "cache (memcached) Redis", variables: onCache("memcached", "", guarded), says: "protocol of Memcached", change: "SHOP_CACHE_MEMCACHED_ADDR"},
		{name: "cache (near) no password", variables: onCache("near", guarded, ""), says: "refuses the user", change: "cache.redis.password"},
		{name: "cache (redis) unknown host", variables: onCache("redis", "nowhere.invalid:6379", ""), says: "no address", change: "SHOP_CACHE_REDIS_ADDR"},
	} {
		t.Run(f.name, func(t *testing.T) { f.isTold(t, p.binary, dir) })
	}
	t.Run("away", func(t *testing.T) {
		variables := onCache("redis", nowhere, "")
		s := startWith(t, variables, p.binary, dir, freeAddr(t))
		s.loaded(t, "key")
		s.stop(t)
		if log := s.output.String(); !strings.Contains(log, "the cache is away") || !strings.Contains(log, "SHOP_CACHE_REDIS_ADDR") {
			t.Errorf("the log does not tell it:\n%s", log)
		}
		checked, _ := mustNotStart(t, p.binary, dir, variables, "check")
		if !strings.Contains(checked, "FAIL  cache") || !strings.Contains(checked, "SHOP_CACHE_REDIS_ADDR") {
			t.Errorf("check does not tell it:\n%s", checked)
		}
	})
}
