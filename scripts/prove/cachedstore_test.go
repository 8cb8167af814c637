package prove

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// foundRoute answers with what FindByCustomer returns: the versions of orders by their IDs.
const foundRoute = `package main

import (
	"example.com/shop/kit"
	"example.com/shop/kit/httpserver"
	"example.com/shop/ports"
)

func mountFound(s *httpserver.Server, store ports.OrderStore) {
	s.Get("/found/{customer}", func(r *httpserver.Request) (httpserver.Response, error) {
		found, err := store.FindByCustomer(r.Context(), r.PathValue("customer"), kit.Page{Limit: 100})
		if err != nil {
			return httpserver.Response{}, err
		}
		versions := map[string]int64{}
		for _, o := range found.Items {
			versions[o.ID.String()] = o.Version
		}
		return httpserver.JSON(versions)
	})
}
`

func makeCachedShop(t *testing.T, folder string) project {
	t.Helper()
	p := scaffoldWith(t, folder, []string{
		"--with", "store=sqlite,postgres", "--with", "bus=channels", "--with", "cache=memory,redis,near",
	}, "order customer:string total:int64")
	p.write(t, "found.go", foundRoute)
	p.edit(t, "main.go", "\t\tderived(c.Derived),\n", "\t\tderived(c.Derived),\n\t\trun.Routes(mountFound),\n")
	return p
}

// staleness is what was read of a store behind a cache.
type staleness struct {
	kills, writes, reads int
	stale                int // less than was acknowledged before, by another process
	own                  int // likewise, by the process that had acknowledged it
	after                int // when all events had been handled: for as long as the ttl
}

func (c staleness) String() string {
	return fmt.Sprintf("kills=%d writes=%d reads=%d stale=%d own_stale=%d stale_after_ttl=%d", c.kills, c.writes, c.reads, c.stale, c.own, c.after)
}

// TestCachedStore kills one of two processes that share Postgres and Redis again and again,
// while both change and read the same orders: what one of them could not remove from the
// cache is removed when its events are handled.
func TestCachedStore(t *testing.T) {
	binary := shared(t, "cachedstore", makeCachedShop).binary
	t.Parallel() // most of the time is spent waiting for the outbox of who was killed
	got := readWhatChanges(t, binary, 10)
	fmt.Println("store behind Redis:", got)
	if got.own > 0 || got.after > 0 {
		t.Errorf("stale reads: %v", got)
	}
}

// TestCachedStoreWithoutEvents shows that the comparison sees what is stale.
func TestCachedStoreWithoutEvents(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills a project of its own; not with -short")
	}
	p := makeCachedShop(t, t.TempDir())
	p.edit(t, "kit/cachedstore/cache.go", "err := c.values.Delete(ctx, changed.keys()...)", "var err error")
	binary := p.build(t)
	t.Parallel()
	got := readWhatChanges(t, binary, 100)
	fmt.Println("events bypassed:", got)
	if got.after == 0 {
		t.Error("nothing was stale in 100 kills without the events: the comparison sees nothing")
	}
}

// cachedOrders are orders that two processes change and read.
type cachedOrders struct {
	ids   []string
	locks []sync.Mutex   // one at a time changes an order
	acked []atomic.Int64 // the version that was acknowledged

	processes     [2]*service
	writes, reads atomic.Int64
	stale, own    atomic.Int64
}

// readWhatChanges changes and reads orders, and kills one of the processes so often, or until
// something is stale for good.
func readWhatChanges(t *testing.T, binary string, kills int) staleness {
	t.Helper()
	variables := append(onPostgres(testserver.Postgres(t)), "SHOP_CACHE_ADAPTER=redis", "SHOP_CACHE_REDIS_TIMEOUT=2s",
		"SHOP_CACHE_REDIS_ADDR="+testserver.StartRedis(t, nil).Addr())
	variables = append(variables, "SHOP_STORE_CACHE_ORDERS=1h", "SHOP_LOG_LEVEL=error")
	begin := func() *service { return startWith(t, variables, binary, t.TempDir(), freeAddr(t)) }
	c := &cachedOrders{locks: make([]sync.Mutex, 20), acked: make([]atomic.Int64, 20)}
	c.processes = [2]*service{begin(), begin()}
	for i := range c.locks {
		a := c.processes[i%2].must(t, http.StatusCreated, http.MethodPost, "/orders", `{"customer":"Ada","total":1}`)
		c.ids = append(c.ids, a.value(t)["id"].(string))
		c.acked[i].Store(1)
	}
	after, n := 0, 0
	for ; n < kills && after == 0; n++ {
		ctx, cancel := context.WithCancel(t.Context())
		var load sync.WaitGroup
		for n := range 16 {
			load.Go(func() {
				for ctx.Err() == nil {
					c.use(ctx, n%2 == 0)
				}
			})
		}
		time.Sleep(time.Duration(50+rand.IntN(300)) * time.Millisecond) // any moment will do
		dies := rand.IntN(2)
		c.processes[dies].kill()
		cancel()
		load.Wait()
		other := c.processes[1-dies]
		after += other.outdatedForGood(t, c.ids)
		c.processes[dies] = begin()
	}
	for _, s := range c.processes {
		s.stop(t)
	}
	return staleness{n, int(c.writes.Load()), int(c.reads.Load()), int(c.stale.Load()), int(c.own.Load()), after}
}

// use changes or reads an order in one of the processes.
func (c *cachedOrders) use(ctx context.Context, change bool) {
	i, s := rand.IntN(len(c.ids)), c.processes[rand.IntN(2)]
	if !change {
		want := c.acked[i].Load()
		if v, ok := s.version(ctx, c.ids[i]); ok {
			c.reads.Add(1)
			if v < want {
				c.stale.Add(1)
			}
		}
		return
	}
	if !c.locks[i].TryLock() {
		return
	}
	defer c.locks[i].Unlock()
	v, ok := s.version(ctx, c.ids[i])
	if !ok {
		return
	}
	a, err := s.send(ctx, http.MethodPut, "/orders/"+c.ids[i], fmt.Sprintf(`{"customer":"Ada","total":%d}`, v), "If-Match", fmt.Sprintf(`"%d"`, v))
	if err != nil || a.status != http.StatusOK {
		return // not acknowledged, or it was refused since what was read is not current
	}
	c.writes.Add(1)
	c.acked[i].Store(v + 1)
	if now, ok := s.version(ctx, c.ids[i]); ok {
		c.reads.Add(1)
		if now < v+1 {
			c.own.Add(1)
		}
	}
}

// version returns the version of an order, if it is told.
func (s *service) version(ctx context.Context, id string) (int64, bool) {
	a, err := s.send(ctx, http.MethodGet, "/orders/"+id, "")
	if err != nil || a.status != http.StatusOK {
		return 0, false
	}
	var o struct{ Version int64 }
	err = json.Unmarshal(a.body, &o)
	return o.Version, err == nil
}

// outdatedForGood returns what outdated does when all events have been handled. What the
// killed process had sent to Postgres may be committed after that was seen to be so.
func (s *service) outdatedForGood(t *testing.T, ids []string) (n int) {
	t.Helper()
	for began := time.Now(); ; {
		s.awaitDelivery(t)
		if n = s.outdated(t, ids); n == 0 || time.Since(began) > patience/6 {
			return n
		}
		time.Sleep(250 * time.Millisecond)
	}
}

// outdated returns how many orders are other ones in the cache than in the store, of which
// lists are read.
func (s *service) outdated(t *testing.T, ids []string) (n int) {
	t.Helper()
	truth := map[string]float64{}
	s.each(t, "/orders", func(o map[string]any) { truth[o["id"].(string)] = o["version"].(float64) })
	found := s.must(t, http.StatusOK, http.MethodGet, "/found/Ada", "").value(t)
	for _, id := range ids {
		a := s.must(t, http.StatusOK, http.MethodGet, "/orders/"+id, "")
		if a.value(t)["version"] != truth[id] || found[id] != truth[id] {
			n++
		}
	}
	return n
}
