package prove

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// lockedRoute takes a lock, passes the fence with its token, and answers with the token.
const lockedRoute = `package main

import (
	"context"
	"strconv"

	"example.com/shop/kit"
	"example.com/shop/kit/httpserver"
)

func mountLocked(s *httpserver.Server, l kit.Locks, f kit.Fence, tx kit.Transactor) {
	s.Get("/locked/{name}", func(r *httpserver.Request) (httpserver.Response, error) {
		var had int64
		err := l.Do(r.Context(), r.PathValue("name"), func(ctx context.Context, token int64) error {
			had = token
			return tx.Within(ctx, func(ctx context.Context) error { return f.Pass(ctx, r.PathValue("name"), token) })
		})
		if err != nil {
			return httpserver.Response{}, err
		}
		return httpserver.JSON(map[string]string{"token": strconv.FormatInt(had, 10)})
	})
}
`

func shopWithLocks(t *testing.T) builtProject {
	t.Helper()
	return shared(t, "locks", func(t *testing.T, folder string) project {
		p := scaffoldWith(t, folder, []string{
			"--with", "store=sqlite", "--with", "bus=channels", "--with", "locks=process,postgres,redis,etcd,zookeeper",
		}, "order customer:string total:int64")
		p.write(t, "locked.go", lockedRoute)
		p.edit(t, "main.go", "\t\tderived(c.Derived),\n", "\t\tderived(c.Derived),\n\t\trun.Routes(mountLocked),\n")
		return p
	})
}

// TestSwapOfLocks swaps the locks of a service by one variable, back and forth: tokens rise, so
// that the fence lets each holder pass. While the server is killed, locks are unavailable and
// the service is behind.
func TestSwapOfLocks(t *testing.T) {
	postgres, redis := testserver.StartPostgres(t), testserver.StartRedis(t, nil)
	etcd, zookeeper := testserver.StartEtcd(t, nil), testserver.StartZooKeeper(t, nil)
	servers := map[string]*testserver.Server{"postgres": postgres, "redis": redis, "etcd": etcd, "zookeeper": zookeeper}
	places := []string{
		"SHOP_LOCKS_POSTGRES_DSN=" + testserver.SchemaOf(t, postgres, "locks"),
		"SHOP_LOCKS_REDIS_ADDR=" + redis.Addr(), "SHOP_LOCKS_ETCD_ADDR=" + etcd.Addr(), "SHOP_LOCKS_ZOOKEEPER_ADDR=" + zookeeper.Addr(),
	}
	p, dir, addr := shopWithLocks(t), t.TempDir(), freeAddr(t)
	last := ""
	for _, adapter := range []string{"process", "redis", "zookeeper", "etcd", "postgres", "zookeeper", "process", "etcd", "redis", "postgres"} {
		s := startWith(t, append(places, "SHOP_LOCKS_ADAPTER="+adapter), p.binary, dir, addr)
		for range 5 {
			token := s.locked(t)
			if len(token) < len(last) || token <= last {
				t.Errorf("%s: the token %s comes after %s", adapter, token, last)
			}
			last = token
		}
		if n := s.metric(t, "locks_acquired_total"); n != 5 {
			t.Errorf("%s: %v locks", adapter, n)
		}
		if server := servers[adapter]; server != nil {
			server.Kill()
			a := s.must(t, http.StatusServiceUnavailable, http.MethodGet, "/locked/nightly", "")
			s.awaitHealth(t, "behind")
			server.Start()
			s.awaitHealth(t, "ready")
			fmt.Printf("locks on %s, which was killed: %s\n", adapter, a.body)
			last = s.locked(t)
		}
		s.stop(t)
		fmt.Printf("swapped to locks on %s\n", adapter)
	}
}

// locked returns the token of a lock.
func (s *service) locked(t *testing.T) string {
	t.Helper()
	return fmt.Sprint(s.must(t, http.StatusOK, http.MethodGet, "/locked/nightly", "").value(t)["token"])
}

// TestLocksAtTheStart shows that locks which are away are told, and that those which cannot be
// right end the start.
func TestLocksAtTheStart(t *testing.T) {
	p, dir := shopWithLocks(t), t.TempDir()
	guarded := testserver.StartRedis(t, nil, "--requirepass", "right").Addr()
	evicting := testserver.StartRedis(t, nil, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru").Addr()
	postgres := testserver.Postgres(t)
	on := func(adapter string, more ...string) []string { return append(more, "SHOP_LOCKS_ADAPTER="+adapter) }
	for _, f := range []startFault{
		{name: "locks (redis) no password", variables: on("redis", "SHOP_LOCKS_REDIS_ADDR="+guarded), says: "refuses the user", change: "locks.redis.password"},
		{name: "locks (redis) it evicts", variables: on("redis", "SHOP_LOCKS_REDIS_ADDR="+evicting), says: "noeviction", change: "SHOP_LOCKS_REDIS_ADDR"},
		{name: "locks (etcd) unknown host", variables: on("etcd", "SHOP_LOCKS_ETCD_ADDR=nowhere.invalid:2379"), says: "no address", change: "SHOP_LOCKS_ETCD_ADDR"},
		{name: "locks (etcd) another kind of server", variables: on("etcd", "SHOP_LOCKS_ETCD_ADDR="+guarded), says: "is not etcd", change: "SHOP_LOCKS_ETCD_ADDR"},
		{name: "locks (zookeeper) unknown host", variables: on("zookeeper", "SHOP_LOCKS_ZOOKEEPER_ADDR=nowhere.invalid:2181"), says: "no address", change: "SHOP_LOCKS_ZOOKEEPER_ADDR"},
		{name: "locks (postgres) no DSN", variables: on("postgres"), says: "is empty", change: "locks.postgres.dsn"},
		{name: "locks (postgres) no schema", variables: on("postgres", "SHOP_LOCKS_POSTGRES_DSN="+postgres+"_none"), says: "no schema", change: "SHOP_LOCKS_POSTGRES_DSN"},
		{name: "locks (process) no folder", variables: on("process", "SHOP_LOCKS_PROCESS_PATH=/dev/null/locks"), says: "cannot be used", change: "SHOP_LOCKS_PROCESS_PATH"},
	} {
		t.Run(f.name, func(t *testing.T) { f.isTold(t, p.binary, dir) })
	}
	t.Run("away", func(t *testing.T) {
		variables := on("etcd", "SHOP_LOCKS_ETCD_ADDR="+freeAddr(t))
		s := startWith(t, variables, p.binary, dir, freeAddr(t))
		s.must(t, http.StatusServiceUnavailable, http.MethodGet, "/locked/nightly", "")
		s.stop(t)
		if log := s.output.String(); !strings.Contains(log, "the locks are away") || !strings.Contains(log, "SHOP_LOCKS_ETCD_ADDR") {
			t.Errorf("the log does not tell it:\n%s", log)
		}
	})
}
