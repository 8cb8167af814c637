package prove

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// failovers are ways from the service to a primary and its standby. begin returns the DSN,
// and what leads to the standby once the primary is gone.
var failovers = map[string]func(t *testing.T, primary, standby *testserver.Server) (dsn string, lead func()){
	"several hosts in the DSN": func(_ *testing.T, primary, standby *testserver.Server) (string, func()) {
		of := func(s *testserver.Server) []string { return strings.Split(s.Addr(), ":") }
		one, two := of(primary), of(standby)
		dsn := strings.Replace(primary.URL(), primary.Addr(), one[0]+","+two[0], 1)
		return dsn + "&port=" + one[1] + "," + two[1], func() {}
	},
	"a proxy": func(t *testing.T, primary, standby *testserver.Server) (string, func()) {
		p, dsn := proxyTo(t, primary.URL())
		return dsn, func() {
			p.cut()
			p.upstream = standby.Addr()
			p.open(t)
		}
	},
}

// TestFailover kills the primary of a replicated Postgres under load. The service finds a
// standby first, which takes no changes, and must not keep to that; what was acknowledged
// is on the standby, since the replication is synchronous.
func TestFailover(t *testing.T) {
	if testing.Short() {
		t.Skip("kills servers of a service; not with -short")
	}
	binary := shopWithReceipts(t).binary
	for name, way := range failovers {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // it waits
			primary := testserver.StartPostgres(t)
			standby := testserver.StartStandby(t, primary)
			dsn, lead := way(t, primary, standby)
			s := startWith(t, onPostgres(dsn), binary, t.TempDir(), freeAddr(t), "--set", "log.level=error")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ids := make(chan []string, 1)
			go func() { ids <- orderUntil(ctx, s, 4) }()
			time.Sleep(time.Second) // any moment will do
			primary.Kill()
			lead()
			for !slices.Contains(s.down(t), "store") {
				time.Sleep(20 * time.Millisecond) // the interval of polling a process
			}
			standby.Promote()
			promoted := time.Now()
			s.awaitReady(t)
			recovered := time.Since(promoted)
			for range 50 { // more than there are connections
				s.must(t, http.StatusCreated, http.MethodPost, "/orders", `{"customer":"Ada","total":1}`)
			}
			cancel()
			acked := map[string]bool{}
			for _, id := range <-ids {
				acked[id] = true
			}
			fmt.Printf("failover: %s: ready %.2f s after the promotion\n", name, recovered.Seconds())
			got := s.settle(t, 1, acked)
			fmt.Printf("killed: the primary, through %s: %s\n", name, got)
			// Processes of a primary that dies may show what waits for the standby, in the
			// instant before they die, too: an event of it can be delivered. It was not acknowledged.
			if got.lost != 0 || got.duplicated != 0 || got.acked < 50 {
				t.Errorf("%s; want nothing lost or duplicated", got)
			}
		})
	}
}
