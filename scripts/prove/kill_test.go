package prove

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"
)

var kills = flag.Int("kills", 60, "how often TestKill kills the service")

// receipting is a subscriber as a user would write it: for each order that came
// to be it makes a receipt. A receipt that is made twice is an effect that
// applied twice.
const receipting = `package app

import (
	"context"

	"example.com/shop/domain/order"
	"example.com/shop/domain/receipt"
	"example.com/shop/kit"
	"example.com/shop/ports"
)

// Receipting makes a receipt for each order.
type Receipting struct {
	receipts ports.Receipts
}

// NewReceipting returns a subscriber that makes receipts.
func NewReceipting(receipts ports.Receipts) *Receipting { return &Receipting{receipts: receipts} }

// Group names the group.
func (*Receipting) Group() string { return "receipting" }

// Topics names the events to receive.
func (*Receipting) Topics() []string { return []string{order.Created{}.Topic()} }

// HandleTx makes a receipt.
func (s *Receipting) HandleTx(ctx context.Context, e kit.Event) error {
	_, err := s.receipts.Create(ctx, receipt.Details{Reference: e.Key()})
	return err
}
`

// TestKill kills the running service under load, again and again, and then
// compares what it acknowledged with what it kept and did.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a service for minutes; not with -short")
	}
	got := killAgainAndAgain(t, shopWithReceipts(t).binary, *kills, nil)
	fmt.Println(got)
	if got.acked < got.kills || got.lost != 0 || got.duplicated != 0 || got.unfounded != 0 {
		t.Errorf("sqlite and channels: %s; want an order acknowledged for each kill, and nothing lost, duplicated or unfounded", got)
	}
}

// TestKillSeesABypassedOutbox shows that the comparison of TestKill can fail:
// where the event is published after the change instead of with it, some of
// what was acknowledged is lost.
func TestKillSeesABypassedOutbox(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a service for minutes; not with -short")
	}
	p := makeShopWithReceipts(t, t.TempDir())
	bypassOutbox(t, p)
	binary := p.build(t)
	for range 10 {
		if got := killAgainAndAgain(t, binary, 10, nil); got.lost > 0 {
			fmt.Println("outbox bypassed:", got)
			return
		}
	}
	t.Error("nothing was lost in 100 kills without the outbox: the comparison sees nothing")
}

// TestKillSeesABypassedInbox shows the same for effects: where the inbox does
// not remember what was handled, some effects apply twice.
func TestKillSeesABypassedInbox(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a service for minutes; not with -short")
	}
	p := makeShopWithReceipts(t, t.TempDir())
	bypassInbox(t, p)
	binary := p.build(t)
	for range 10 {
		if got := killAgainAndAgain(t, binary, 10, nil); got.duplicated > 0 {
			fmt.Println("inbox bypassed:", got)
			return
		}
	}
	t.Error("nothing was duplicated in 100 kills without the inbox: the comparison sees nothing")
}

// shopWithReceipts is a project with a subscriber that makes receipts.
func shopWithReceipts(t *testing.T) builtProject {
	t.Helper()
	return shared(t, "receipts", makeShopWithReceipts)
}

func makeShopWithReceipts(t *testing.T, folder string) project {
	t.Helper()
	p := scaffoldWith(t, folder, withAll(), "order customer:string total:int64", "receipt reference:string")
	p.write(t, "app/receipting.go", receipting)
	subscribe(t, p, "NewReceipting")
	return p
}

// tally is what came of a series of kills.
type tally struct {
	kills      int
	acked      int
	lost       int // acknowledged, and gone or without its effect
	duplicated int // an effect more than once
	unfounded  int // an effect of a change that never was
}

func (c tally) String() string {
	return fmt.Sprintf("kills=%d acked=%d lost=%d dup_effects=%d unfounded_effects=%d",
		c.kills, c.acked, c.lost, c.duplicated, c.unfounded)
}

// killAgainAndAgain kills a service that is configured by the variables.
func killAgainAndAgain(t *testing.T, binary string, n int, variables []string) tally {
	t.Helper()
	dir, addr := t.TempDir(), freeAddr(t)
	acked := map[string]bool{}
	for range n {
		s := startWith(t, variables, binary, dir, addr, "--set", "log.level=error")
		ctx, cancel := context.WithCancel(t.Context())
		ids := make(chan []string, 1)
		go func() { ids <- orderUntil(ctx, s, 8) }()
		s.awaitOrders(t)                                                // the machine may be busy
		time.Sleep(time.Duration(20+rand.IntN(180)) * time.Millisecond) // any moment will do
		s.kill()
		cancel()
		for _, id := range <-ids {
			acked[id] = true
		}
	}
	s := startWith(t, variables, binary, dir, addr, "--set", "log.level=error")
	return s.settle(t, n, acked)
}

// settle waits until everything is delivered, or nothing more is for long, and compares.
func (s *service) settle(t *testing.T, n int, acked map[string]bool) tally {
	t.Helper()
	s.awaitDelivery(t)
	got, since := s.compare(t, n, acked), time.Now()
	for got.lost > 0 && time.Since(since) < patience/6 {
		time.Sleep(250 * time.Millisecond) // what a broker has taken may be on its way
		now := s.compare(t, n, acked)
		if now.lost != got.lost {
			since = time.Now()
		}
		got = now
	}
	return got
}

// orderUntil sends orders over some connections until ctx ends, and returns the
// identifiers of those that were acknowledged.
func orderUntil(ctx context.Context, s *service, connections int) []string {
	var (
		mu  sync.Mutex
		ids []string
		wg  sync.WaitGroup
	)
	for range connections {
		wg.Go(func() {
			for ctx.Err() == nil {
				a, err := s.send(ctx, http.MethodPost, "/orders", `{"customer":"Ada","total":1}`)
				if err != nil || a.status != http.StatusCreated {
					time.Sleep(time.Millisecond) // who is refused leaves the processor to others
					continue                     // not acknowledged: nothing was promised
				}
				var o struct{ ID string }
				if json.Unmarshal(a.body, &o) == nil {
					mu.Lock()
					ids = append(ids, o.ID)
					mu.Unlock()
					s.acked.Add(1)
				}
			}
		})
	}
	wg.Wait()
	return ids
}

// awaitOrders waits until an order was acknowledged.
func (s *service) awaitOrders(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if s.acked.Load() > 0 {
			return
		}
	}
	t.Fatalf("no order was acknowledged in %v:\n%s", patience, s.lately())
}

// awaitDelivery waits until the outbox is empty, for as long as it gets less.
func (s *service) awaitDelivery(t *testing.T) {
	t.Helper()
	least := math.Inf(1)
	for since := time.Now(); time.Since(since) < patience; time.Sleep(20 * time.Millisecond) { // the interval of polling a process
		waiting, told := s.gauge(t, "outbox_waiting") // a store that is slow tells nothing
		if told && waiting == 0 {
			return
		}
		if told && waiting < least {
			least, since = waiting, time.Now()
		}
	}
	t.Fatalf("%v events still waited in the outbox after %v:\n%s", least, patience, s.lately())
}

func (s *service) compare(t *testing.T, n int, acked map[string]bool) tally {
	t.Helper()
	orders, effects := map[string]bool{}, map[string]int{}
	s.each(t, "/orders", func(o map[string]any) { orders[o["id"].(string)] = true })
	s.each(t, "/receipts", func(r map[string]any) { effects[r["reference"].(string)]++ })
	got := tally{kills: n, acked: len(acked)}
	for id := range acked {
		if !orders[id] || effects[id] == 0 {
			got.lost++
		}
	}
	for id, times := range effects {
		if times > 1 {
			got.duplicated++
		}
		if !orders[id] {
			got.unfounded++
		}
	}
	return got
}

// each calls f with each item of a list, page by page.
func (s *service) each(t *testing.T, path string, f func(item map[string]any)) {
	t.Helper()
	after := ""
	for {
		v := s.must(t, http.StatusOK, http.MethodGet, path+"?limit=200"+after, "").value(t)
		for _, item := range v["items"].([]any) {
			f(item.(map[string]any))
		}
		next, ok := v["next"].(string)
		if !ok || next == "" {
			return
		}
		after = "&after=" + url.QueryEscape(next)
	}
}
