package prove

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

var (
	onlyFault = flag.String("fault", "", "a regular expression for what TestFaults does, such as 'bus frozen'; all of it if empty")
	allFaults = flag.Bool("all-faults", false, "whether TestFaults does all of it to each bus, and not only to NATS")
)

// What is promised about faults. What takes longer hangs: the table has the times, and a
// busy machine takes its own.
const (
	faultDeadline = 2 * time.Second               // http.request_timeout, as the service is started here
	longestAnswer = faultDeadline + 3*time.Second // a server has a moment to cancel
	longestSilent = 10 * time.Second              // until /readyz tells
	longestReturn = 15 * time.Second              // until all is as before, once the server is back
	poolOfFaults  = 8                             // connections for changes, and as many for reads
	mostInStore   = 2*poolOfFaults + 2            // and those of the relay
)

// faultyServer is a server of the service, and the way to it.
type faultyServer struct {
	name   string // as /readyz calls it
	server *testserver.Server
	proxy  *faultyProxy
}

// fault is something that happens to a server, or to the way to it.
type fault struct {
	name       string
	begin, end func(t *testing.T, s faultyServer)
	lasts      time.Duration // after it was told; 0 where nothing needs to be told
	common     bool          // the few that every bus suffers
}

var faults = []fault{
	{name: "restarted", begin: kill, end: restart},
	{name: "stopped", begin: stop, end: restart, common: true},
	{name: "killed", begin: kill, end: restart, lasts: time.Second},
	{name: "killed for long", begin: kill, end: restart, lasts: 12 * time.Second},
	{name: "frozen", begin: freeze, end: thaw, lasts: time.Second, common: true},
	{name: "cut off", begin: cut, end: mend, lasts: time.Second},
	{name: "half-open", begin: swallow, end: heal, lasts: time.Second, common: true},
	{name: "slow", begin: slow, end: heal, lasts: time.Second},
}

func kill(_ *testing.T, s faultyServer)    { s.server.Kill() }
func stop(_ *testing.T, s faultyServer)    { s.server.Stop() }
func restart(_ *testing.T, s faultyServer) { s.server.Start() }
func freeze(_ *testing.T, s faultyServer)  { s.server.Freeze() }
func thaw(_ *testing.T, s faultyServer)    { s.server.Thaw() }
func cut(_ *testing.T, s faultyServer)     { s.proxy.cut() }
func mend(t *testing.T, s faultyServer)    { s.proxy.open(t) }

func heal(t *testing.T, s faultyServer) {
	s.proxy.cut()
	s.proxy.open(t)
}

// swallow lets what is asked through and loses what is answered, and leaves every
// connection open.
func swallow(t *testing.T, s faultyServer) {
	s.proxy.poison(t, `{"type":"timeout","stream":"downstream","attributes":{"timeout":0}}`)
}

// slow has every answer come later than anybody waits.
func slow(t *testing.T, s faultyServer) {
	s.proxy.poison(t, `{"type":"latency","stream":"downstream","attributes":{"latency":8000}}`)
}

// TestFaults has everything happen to the servers that may, under load.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("lasts for minutes; not with -short")
	}
	shopWithReceipts(t)
	t.Run("store", func(t *testing.T) {
		t.Parallel() // the load is light, and most of the time is spent waiting
		r := newFaultRig(t, brokers[0])
		r.sufferAll(t, r.store, false)
	})
	for i, b := range brokers {
		t.Run(b.name, func(t *testing.T) {
			few := i > 0 && !*allFaults
			if !few {
				t.Parallel()
			}
			r := newFaultRig(t, b)
			r.sufferAll(t, r.bus, few)
		})
	}
}

// sufferAll lets every fault happen to the server, or few of them, one after another.
func (r *faultRig) sufferAll(t *testing.T, s faultyServer, few bool) {
	t.Helper()
	var table []string
	for _, f := range faults {
		if few && *onlyFault == "" && !f.common {
			continue
		}
		if regexp.MustCompile(*onlyFault).MatchString(s.name + " " + f.name) {
			table = append(table, r.suffer(t, f, s))
			fmt.Println(table[len(table)-1])
		}
	}
	fmt.Printf("%-6s %-16s %8s %8s %10s %8s  %s\n%s\n", "server", "fault", "told", "slowest", "recovered", "drained", "answers", strings.Join(table, "\n"))
	r.service.settleForGood(t, len(table), r.load.acked).mustBeWhole(t, fmt.Sprintf("%s, %d faults", s.name, len(table)))
	r.service.stop(t)
}

// faultRig is a service with its servers behind proxies, and the load on it.
type faultRig struct {
	service    *service
	store, bus faultyServer
	load       *faultLoad
	left       leftovers // before any fault
}

func newFaultRig(t *testing.T, b broker) *faultRig {
	t.Helper()
	r := &faultRig{
		store: faultyServer{name: "store", server: testserver.StartPostgres(t)},
		bus:   faultyServer{name: "bus"},
	}
	var dsn, busURL string
	r.store.proxy, dsn = proxyTo(t, r.store.server.URL())
	if b.behind != nil {
		busURL = freeAddr(t)
		r.bus.server = b.behind(t, busURL)
		r.bus.proxy = proxyAt(t, busURL, r.bus.server.Addr())
	} else {
		r.bus.server = b.start(t)
		r.bus.proxy, busURL = proxyTo(t, r.bus.server.URL())
	}
	variables := slices.Concat(onPostgres(dsn), b.at(busURL), []string{
		fmt.Sprintf("SHOP_HTTP_REQUEST_TIMEOUT=%v", faultDeadline),
		fmt.Sprintf("SHOP_STORE_POSTGRES_CONNECTIONS=%d", poolOfFaults), fmt.Sprintf("SHOP_STORE_POSTGRES_READERS=%d", poolOfFaults),
	})
	r.service = startWith(t, variables, shopWithReceipts(t).binary, t.TempDir(), freeAddr(t), "--set", "log.level=error", "--set", "log.access=false")
	r.load = &faultLoad{service: r.service, acked: map[string]bool{}}
	r.load.run(t, func() { time.Sleep(time.Second) }) // so that what is opened once is open
	r.service.settle(t, 0, nil)
	r.left = r.leftovers(t)
	return r
}

// suffer lets a fault happen under load, and returns what came of it as a line of
// the table.
func (r *faultRig) suffer(t *testing.T, f fault, s faultyServer) string {
	t.Helper()
	var told, recovered, drained time.Duration
	answers := r.load.run(t, func() {
		time.Sleep(300 * time.Millisecond)
		began := time.Now()
		f.begin(t, s)
		if f.lasts > 0 {
			told = r.awaitTold(t, f, s, began)
			time.Sleep(f.lasts)
			if down := r.service.down(t); strings.Join(down, " ") != s.name {
				t.Errorf("%s %s: while it lasts, /readyz names %v", s.name, f.name, down)
			}
		}
		f.end(t, s)
		recovered, drained = r.awaitRecovery(t, f, s)
	})
	answers.judge(t, f, s)
	r.service.settle(t, 0, nil)
	r.awaitNothingLeft(t, f, s)
	return fmt.Sprintf("%-6s %-16s %7.2fs %7.2fs %9.2fs %7.2fs  %s",
		s.name, f.name, told.Seconds(), answers.slowest.Seconds(), recovered.Seconds(), drained.Seconds(), answers)
}

// awaitTold waits until /readyz names the server and nothing else.
func (r *faultRig) awaitTold(t *testing.T, f fault, s faultyServer, began time.Time) time.Duration {
	t.Helper()
	for {
		down := r.service.down(t)
		took := time.Since(began)
		if strings.Join(down, " ") == s.name {
			return took
		}
		if len(down) > 0 || took > longestSilent {
			t.Errorf("%s %s: /readyz names %v after %v", s.name, f.name, down, took)
			return took
		}
		time.Sleep(20 * time.Millisecond) // the interval of polling a process
	}
}

// awaitRecovery waits until the service is ready, takes an order, and handles events
// again. What has come together meanwhile may take longer: how long, is for the table.
func (r *faultRig) awaitRecovery(t *testing.T, f fault, s faultyServer) (recovered, drained time.Duration) {
	t.Helper()
	began := time.Now()
	before, _ := r.service.gauge(t, "events_handled_total")
	for {
		a, err := r.service.send(t.Context(), http.MethodPost, "/orders", `{"customer":"Bob","total":2}`)
		taken := err == nil && a.status == http.StatusCreated
		handled, _ := r.service.gauge(t, "events_handled_total")
		oldest, measured := r.service.gauge(t, "outbox_oldest_age_seconds")
		ready := len(r.service.down(t)) == 0
		took := time.Since(began)
		if recovered == 0 && ready && taken && handled > before {
			recovered = took
			if took > longestReturn {
				t.Errorf("%s %s: it took %v to recover", s.name, f.name, took)
			}
		}
		if recovered > 0 && measured && oldest < 1 {
			return recovered, took
		}
		if took > patience {
			t.Fatalf("%s %s: it does not recover: ready %t, an order is answered with %d, %v events are handled, and the oldest waits for %v s\n%s",
				s.name, f.name, ready, a.status, handled-before, oldest, r.service.lately())
		}
		time.Sleep(20 * time.Millisecond) // the interval of polling a process
	}
}

// down returns which dependencies /readyz says are down.
func (s *service) down(t *testing.T) (names []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), longestSilent)
	defer cancel()
	a, err := s.send(ctx, http.MethodGet, "/readyz", "")
	if err != nil {
		t.Fatalf("/readyz: %v", err)
	}
	var state struct {
		Checks map[string]struct{ Status string }
	}
	if err := json.Unmarshal(a.body, &state); err != nil {
		t.Fatalf("/readyz: %s", a.body)
	}
	for name, c := range state.Checks {
		if c.Status != "up" && name != "outbox" { // which lags while the others are down
			names = append(names, name)
		}
	}
	if ready := !slices.Contains(names, "store"); ready != (a.status == http.StatusOK) {
		t.Errorf("/readyz: %d %s", a.status, a.body)
	}
	return names
}

// lately returns the end of what the service has printed.
func (s *service) lately() string {
	lines := strings.Split(strings.TrimSpace(s.output.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

// faultLoad is some requests at a time, by several callers.
type faultLoad struct {
	service *service
	mu      sync.Mutex
	acked   map[string]bool // by all runs
}

// answered is what the requests of one run were answered.
type answered struct {
	slowest           time.Duration
	done, unavailable int
	refusal           string   // the last of those that were unavailable
	wrong             []string // whatever else
}

func (a answered) String() string {
	return fmt.Sprintf("%d done, %d unavailable", a.done, a.unavailable)
}

// run sends requests while f runs.
func (l *faultLoad) run(t *testing.T, f func()) answered {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var all answered
	var callers sync.WaitGroup
	for n := range 6 {
		callers.Go(func() {
			for ctx.Err() == nil {
				l.call(t.Context(), n < 2, &all)
				time.Sleep(50 * time.Millisecond) // a light load
			}
		})
	}
	func() {
		defer callers.Wait()
		defer cancel()
		f()
	}()
	return all
}

// call sends a request and notes what it was answered.
func (l *faultLoad) call(ctx context.Context, read bool, all *answered) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second) // longer is a hang
	defer cancel()
	began := time.Now()
	var a answer
	var err error
	if read {
		a, err = l.service.send(ctx, http.MethodGet, "/orders?limit=2", "")
	} else {
		a, err = l.service.send(ctx, http.MethodPost, "/orders", `{"customer":"Ada","total":1}`)
	}
	took := time.Since(began)
	l.mu.Lock()
	defer l.mu.Unlock()
	all.slowest = max(all.slowest, took)
	switch {
	case err != nil:
		all.wrong = append(all.wrong, err.Error())
	case read && a.status == http.StatusOK:
		all.done++
	case !read && a.status == http.StatusCreated:
		all.done++
		var o struct{ ID string }
		if err := json.Unmarshal(a.body, &o); err != nil {
			all.wrong = append(all.wrong, err.Error())
		}
		l.acked[o.ID] = true
	case a.status == http.StatusServiceUnavailable && a.header.Get("Content-Type") == "application/problem+json" && a.header.Get("Retry-After") != "":
		all.unavailable++
		all.refusal = a.String()
	default:
		all.wrong = append(all.wrong, a.String())
	}
}

// judge says what should not have been answered.
func (a answered) judge(t *testing.T, f fault, s faultyServer) {
	t.Helper()
	if len(a.wrong) > 0 {
		t.Errorf("%s %s: %d wrong answers, such as %s", s.name, f.name, len(a.wrong), a.wrong[0])
	}
	if a.slowest > longestAnswer {
		t.Errorf("%s %s: an answer took %v, and should take %v at most", s.name, f.name, a.slowest, longestAnswer)
	}
	if s.name == "bus" && a.unavailable > 0 {
		t.Errorf("%s %s: %d requests were refused, which the store could have taken, such as %s", s.name, f.name, a.unavailable, a.refusal)
	}
	if s.name == "store" && f.lasts > 0 && a.unavailable == 0 {
		t.Errorf("%s %s: no request was refused", s.name, f.name)
	}
}

// leftovers is what a service holds while it has nothing to do.
type leftovers struct{ goroutines, inStore, inBus int }

func (l leftovers) String() string {
	return fmt.Sprintf("%d goroutines, %d connections to Postgres, %d to the bus", l.goroutines, l.inStore, l.inBus)
}

// awaitNothingLeft waits until the service holds no more than before any fault.
func (r *faultRig) awaitNothingLeft(t *testing.T, f fault, s faultyServer) {
	t.Helper()
	const some = 3 // goroutines come and go by themselves
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		now := r.leftovers(t)
		if now.goroutines <= r.left.goroutines+some && now.inStore <= mostInStore && now.inBus <= r.left.inBus {
			return
		}
		if time.Since(began) > time.Minute {
			t.Errorf("%s %s: it left %s; before any fault there were %s", s.name, f.name, now, r.left)
			return
		}
	}
}

func (r *faultRig) leftovers(t *testing.T) leftovers {
	t.Helper()
	http.DefaultClient.CloseIdleConnections()
	goroutines, _ := r.service.gauge(t, "go_goroutines")
	return leftovers{int(goroutines), connectionsToPostgres(t, r.store.server.URL()), connectionsTo(t, r.bus.proxy.listen)}
}

// connectionsToPostgres asks the server itself how many connections it has, without
// the one that asks.
func connectionsToPostgres(t *testing.T, dsn string) (n int) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.QueryRowContext(t.Context(),
		`SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
