package prove

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

var serverKills = flag.Int("server-kills", 10, "how often TestKillOnServers kills the service on NATS, and five times as often as a server; other buses have a fifth of it")

// TestKillOnServers is TestKill on Postgres and each bus over a server, and then kills
// these while the service goes on.
func TestKillOnServers(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a service for minutes; not with -short")
	}
	binary := shopWithReceipts(t).binary
	for i, b := range brokers {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel() // most of the time is spent waiting for servers
			store := testserver.StartPostgres(t)
			n := *serverKills
			if i > 0 {
				n = max(1, n/5)
			}
			bus := b.start(t)
			variables := append(onPostgres(store.URL()), b.at(bus.URL())...)
			variables = append(variables, "SHOP_BUS_"+strings.ToUpper(b.name)+"_CONNECT_TIMEOUT=20s") // the machine may be busy
			got := killAgainAndAgain(t, binary, n, variables)
			got.mustBeWhole(t, "service, on Postgres and "+b.title)

			s := startWith(t, variables, binary, t.TempDir(), freeAddr(t), "--set", "log.level=error")
			n = max(1, n/5)
			if i == 0 {
				s.killUnderLoad(t, n, 4, store, store.Kill).mustBeWhole(t, "Postgres")
			}
			s.killUnderLoad(t, n, 1, bus, bus.Kill).mustBeWhole(t, b.title)
			s.killUnderLoad(t, n, 1, bus, bus.Stop).mustBeWhole(t, b.title+", by SIGTERM")
			s.stop(t)
		})
	}
}

// mustBeWhole prints the tally, and fails where anything is missing or too much.
func (c tally) mustBeWhole(t *testing.T, killed string) {
	t.Helper()
	fmt.Printf("killed: %s: %s\n", killed, c)
	if c.acked < c.kills || c.lost != 0 || c.duplicated != 0 || c.unfounded != 0 {
		t.Errorf("%s: %s; want an order acknowledged for each kill, and nothing lost, duplicated or unfounded", killed, c)
	}
}

// killUnderLoad ends a server and starts it again n times, while orders come. The
// service must be ready after each time.
func (s *service) killUnderLoad(t *testing.T, n, connections int, server *testserver.Server, end func()) tally {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ids := make(chan []string, 1)
	go func() { ids <- orderUntil(ctx, s, connections) }() // what comes together while a server is away is to be handled, too
	for range n {
		time.Sleep(time.Duration(200+rand.IntN(400)) * time.Millisecond) // any moment will do
		end()
		time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond) // and so will any time without it
		server.Start()
		s.awaitReady(t)
	}
	time.Sleep(200 * time.Millisecond) // some orders after the last time, too
	cancel()
	acked := map[string]bool{}
	for _, id := range <-ids {
		acked[id] = true
	}
	return s.settleForGood(t, n, acked)
}

// settleForGood is settle, once all is handled and nothing that was can come again.
func (s *service) settleForGood(t *testing.T, n int, acked map[string]bool) tally {
	t.Helper()
	s.awaitDelivery(t)
	handled := -1.0
	for now := s.metric(t, "events_handled_total"); now != handled; now = s.metric(t, "events_handled_total") {
		handled = now
		time.Sleep(2 * leaseInTests)
	}
	return s.settle(t, n, acked)
}
