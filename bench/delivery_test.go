package bench

import (
	"bufio"
	_ "embed"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/bench/paired"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// The figures of a round of deliveryRows.
const (
	idleMedian     = "idle, p50 ms"
	idlePercentile = "idle, p99 ms"
	halfMedian     = "half of the peak, p50 ms"
	halfPercentile = "half of the peak, p99 ms"
	peakRate       = "peak, events/s"
)

// deliveryPlan has rounds that take twice as long: idle, and at half of the peak.
var deliveryPlan = paired.Plan{Pairs: 3, Round: 2 * time.Second}

// deliveryRows tell how long it takes from when a change is committed to when its event is
// handled, with each bus and store.
func deliveryRows() (rows []paired.Row) {
	for _, store := range []string{"SQLite", "Postgres"} {
		for _, b := range append([]broker{{name: "channels"}}, brokers...) {
			rows = append(rows, paired.Row{
				Name: "latency-" + b.name + "-" + strings.ToLower(store), Title: b.name + ", " + store, Plan: deliveryPlan,
				Lines: []paired.Line{{Figure: idleMedian}, {Figure: idlePercentile}, {Figure: halfMedian}, {Figure: halfPercentile}, {Figure: peakRate}},
				Open: func(t *testing.T) paired.Sides {
					return paired.Sides{A: b.service(t, store == "Postgres").delivers(t)}
				},
			})
		}
	}
	return rows
}

// service starts a service with the bus.
func (b broker) service(t *testing.T, onPostgres bool) *program {
	t.Helper()
	dsn, settings := "", []string{"bus.adapter=" + b.name}
	if b.server != nil {
		settings = append(settings, b.settings(b.server(t).URL())...)
	}
	if onPostgres {
		dsn = newDatabase(t, testserver.StartPostgres(t).URL(), "latency")
	}
	c := kitWith(nil, settings...)
	c.binary = timedProject
	return launch(t, c, dsn)
}

// delivers returns a round of events that come one at a time, and then at half of the rate
// at which they can be handled.
func (p *program) delivers(t *testing.T) paired.Round {
	t.Helper()
	p.check(t)
	p.latencies(t)
	began := time.Now()
	p.loadOnce(t, traffic{send: "post"}, 2*time.Second)
	peak := float64(len(p.latencies(t))) / time.Since(began).Seconds()
	return func(t *testing.T, d time.Duration) paired.Figures {
		t.Helper()
		p.calm(t)
		for began := time.Now(); time.Since(began) < d; {
			p.post(t)
			time.Sleep(15 * time.Millisecond) // the pause between two
		}
		idle := p.latencies(t)
		p.loadOnce(t, traffic{send: "post", rate: peak / 2}, d)
		half := p.latencies(t)
		return paired.Figures{
			idleMedian: quantile(idle, 0.5), idlePercentile: quantile(idle, 0.99),
			halfMedian: quantile(half, 0.5), halfPercentile: quantile(half, 0.99), peakRate: peak,
		}
	}
}

func (p *program) post(t *testing.T) {
	t.Helper()
	p.ask(t, http.MethodPost, "/orders", `{"customer":"Ada","total":42,"status":"draft"}`, http.StatusCreated)
}

// latencies waits until the events of all orders were handled, and returns how long that
// took for each, in milliseconds, sorted.
func (p *program) latencies(t *testing.T) (all []float64) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); len(all) == 0; time.Sleep(10 * time.Millisecond) { // the interval of polling
		if time.Now().After(deadline) {
			t.Fatalf("%s has not handled all events in a minute\n%s", p.name, p.log())
		}
		resp, err := http.Get("http://" + p.addr + "/latencies")
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			ns, err := strconv.ParseFloat(lines.Text(), 64)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, ns/1e6)
		}
		_ = resp.Body.Close() // it is read
	}
	slices.Sort(all)
	return all
}

func quantile(sorted []float64, q float64) float64 { return sorted[int(q*float64(len(sorted)-1))] }

//go:embed testdata/latency.go
var latencySource []byte

// timedProject returns the binary of a project with every bus, which tells how long it
// takes to deliver its events.
func timedProject(t *testing.T) string {
	t.Helper()
	tool := outgrow(t)
	return once(t, "timed", func(dir string) string {
		must(t, ".", tool, "new", dir, "--module", "example.com/shop", "--service", shop,
			"--with", "store=sqlite,postgres", "--with", "bus=channels,nats,rabbitmq,activemq,kafka")
		main, err := os.ReadFile(filepath.Join(dir, "main.go"))
		if err != nil {
			t.Fatal(err)
		}
		timed := strings.NewReplacer("app.NewOrders,", "newTimedOrders,", "run.Subscribe(app.NewOrderLog),", "run.Subscribe(newTimedLog), run.Routes(mountLatencies),",
			"\t\"example.com/shop/app\"\n", "").Replace(string(main))
		for name, text := range map[string]string{"main.go": timed, "latency.go": string(latencySource)} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		binary := filepath.Join(dir, "bin", "shop")
		must(t, dir, "go", "build", "-o", binary, ".")
		return binary
	})
}
