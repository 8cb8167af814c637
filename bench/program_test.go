package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/bench/load"
	"github.com/outgrowkit/outgrow/bench/orders"
	"github.com/outgrowkit/outgrow/bench/paired"
)

// Where things run: what is measured has a core of its own, and so has what sends.
const (
	senderCore = "0"
	serverCore = "1"
)

// The figures of a round.
const (
	perSecond = "requests/s"
	cpuEach   = "CPU µs/request"
	// Where there is perf.
	instructionsEach = "1,000 instructions/request"
	median           = "p50 ms"
	percentile       = "p99 ms"
	memory           = "memory MB"
)

// contender is a kind of service that is measured.
type contender struct {
	binary func(t *testing.T) string
	// args returns what it is started with, to listen on the address and to keep its
	// orders in its file, or in the database of the DSN if there is one.
	args      func(addr, dsn string) []string
	file      string   // of SQLite, in the folder that it is started in
	variables []string // of the environment
}

// program is a running service.
type program struct {
	name string
	dir  string
	addr string
	rows int // orders that were there from the beginning
	cmd  *exec.Cmd
}

// start starts the contender on SQLite with so many orders, and returns when it answers.
func start(t *testing.T, c contender, rows int) *program {
	t.Helper()
	p := launch(t, c, "")
	if err := orders.SeedSQLite(t.Context(), filepath.Join(p.dir, c.file), rows); err != nil {
		t.Fatal(err)
	}
	p.rows = rows
	p.check(t)
	return p
}

// startPostgres is start on the database of the DSN.
func startPostgres(t *testing.T, c contender, dsn string, rows int) *program {
	t.Helper()
	p := launch(t, c, dsn)
	if err := orders.SeedPostgres(t.Context(), dsn, rows); err != nil {
		t.Fatal(err)
	}
	p.rows = rows
	p.check(t)
	return p
}

// launch starts the contender and returns when it answers.
func launch(t *testing.T, c contender, dsn string) *program {
	t.Helper()
	binary := c.binary(t)
	p := &program{name: filepath.Base(binary), dir: t.TempDir(), addr: freeAddr(t)}
	args := append([]string{"-c", serverCore, binary}, c.args(p.addr, dsn)...)
	p.cmd = exec.Command("taskset", args...)
	p.cmd.Dir = p.dir
	p.cmd.Env = append(append(os.Environ(), "GOMAXPROCS=1"), c.variables...)
	// As a collector of logs reads them.
	log, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() //nolint:errcheck // the program has it open
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.stop(t) })
	p.await(t)
	return p
}

// freeAddr returns an address of this machine that nothing listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // it was never used
	return l.Addr().String()
}

func (p *program) await(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		resp, err := http.Get("http://" + p.addr + "/readyz")
		if err == nil {
			_ = resp.Body.Close()
			return // some have no such path; then they say so
		}
		time.Sleep(2 * time.Millisecond) // the interval of polling a process
	}
	t.Fatalf("%s does not answer:\n%s", p.name, p.log())
}

func (p *program) log() string {
	text, err := os.ReadFile(filepath.Join(p.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}

// stop ends the program as an orchestrator does.
func (p *program) stop(t *testing.T) {
	t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended, which Wait tells
	late := time.AfterFunc(20*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	_ = p.cmd.Wait() // programs end differently when they are asked to
}

// check has the program make an order and give it back, and refuse another one: what
// is compared must do the same.
func (p *program) check(t *testing.T) {
	t.Helper()
	made := p.ask(t, http.MethodPost, "/orders", `{"customer":"Ada","total":42,"status":"draft"}`, http.StatusCreated)
	got := p.ask(t, http.MethodGet, "/orders/"+made.ID.String(), "", http.StatusOK)
	if made.Customer != "Ada" || made.Total != 42 || made.Status != "draft" || made.Version != 1 || made.CreatedAt.IsZero() ||
		got.ID != made.ID || got.Customer != made.Customer || !got.CreatedAt.Equal(made.CreatedAt) {
		t.Fatalf("%s made %+v and then gave %+v", p.name, made, got)
	}
	p.ask(t, http.MethodPost, "/orders", `{"customer":"","total":42,"status":"lost"}`, 0)
	p.ask(t, http.MethodGet, "/orders/"+orders.SeedID(1<<31).String(), "", http.StatusNotFound)
}

// ask sends a request that must be answered with the status; 0 is any 4xx.
func (p *program) ask(t *testing.T, method, path, body string, status int) (o orders.Order) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+p.addr+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it is read
	got, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status && (status != 0 || resp.StatusCode/100 != 4) {
		t.Fatalf("%s: %s %s: answered %d %s, %v\n%s", p.name, method, path, resp.StatusCode, got, err, p.log())
	}
	if resp.StatusCode < 300 {
		if err := json.Unmarshal(got, &o); err != nil {
			t.Fatalf("%s: %s %s: %s: %v", p.name, method, path, got, err)
		}
	}
	return o
}

// traffic is what is sent to a program.
type traffic struct {
	send        string // get, post, list or mixed
	connections int    // 64 where it is 0
	rate        float64
}

// round returns a round of the traffic.
func (p *program) round(of traffic) paired.Round {
	return func(t *testing.T, d time.Duration) paired.Figures {
		t.Helper()
		r, spent := p.load(t, of, d)
		f := paired.Figures{
			perSecond:  r.PerSecond(),
			cpuEach:    float64(spent.time.Microseconds()) / float64(r.All),
			median:     r.P50.Seconds() * 1000,
			percentile: r.P99.Seconds() * 1000,
			memory:     p.memory(t),
		}
		if spent.instructions > 0 {
			f[instructionsEach] = spent.instructions / 1000 / float64(r.All)
		}
		return f
	}
}

// load sends the traffic for that long, and returns what became of it and what it cost.
// Where others took the core from the program, so that it refused requests, it does so
// again.
func (p *program) load(t *testing.T, of traffic, d time.Duration) (r load.Report, spent effort) {
	t.Helper()
	for range 3 {
		before, counted := p.cpu(t), p.countInstructions(t)
		r = p.loadOnce(t, of, d)
		p.calm(t)
		spent = effort{time: p.cpu(t) - before, instructions: counted()}
		if r.Err() == nil {
			return r, spent
		}
	}
	t.Fatalf("%s: %v\n%s", p.name, r.Err(), p.log())
	return r, spent
}

// effort is what a program has done.
type effort struct {
	time         time.Duration
	instructions float64 // of its own, without those of the system; 0 where they are not counted
}

// countInstructions counts the program's instructions until it is called, if there is
// perf to do so: unlike time, they do not depend on what else the machine does.
func (p *program) countInstructions(t *testing.T) (counted func() float64) {
	t.Helper()
	perf, err := exec.LookPath("perf")
	if err != nil {
		return func() float64 { return 0 }
	}
	var told bytes.Buffer
	cmd := exec.CommandContext(t.Context(), perf, "stat", "-x", ",", "-e", "instructions:u", "-p", strconv.Itoa(p.cmd.Process.Pid))
	cmd.Stderr = &told
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() float64 {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended, for want of counters
		_ = cmd.Wait()                       // what it tells is all that matters
		n, _, _ := strings.Cut(strings.TrimSpace(told.String()), ",")
		v, err := strconv.ParseFloat(n, 64)
		if err != nil {
			return 0
		}
		return v
	}
}

// loadOnce sends the traffic from a process and a core of its own.
func (p *program) loadOnce(t *testing.T, of traffic, d time.Duration) (r load.Report) {
	t.Helper()
	connections := of.connections
	if connections == 0 {
		connections = 64
	}
	cmd := exec.CommandContext(t.Context(), "taskset", "-c", senderCore, loader(t),
		"-addr", p.addr, "-send", of.send, "-for", d.String(), "-rows", strconv.Itoa(p.rows),
		"-connections", strconv.Itoa(connections), "-rate", strconv.FormatFloat(of.rate, 'f', -1, 64))
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	var told bytes.Buffer
	cmd.Stderr = &told
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &r)
	}
	if err != nil {
		t.Fatalf("%s: %v: %s\n%s", p.name, err, told.String(), p.log())
	}
	return r
}

// calm waits until the program has done what is left of a round, such as delivering
// events: it is part of what the round has cost, and must not slow the next one.
func (p *program) calm(t *testing.T) {
	t.Helper()
	const interval = 100 * time.Millisecond
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		before := p.cpu(t)
		time.Sleep(interval) // over which it is measured
		if p.cpu(t)-before <= interval/10 {
			return
		}
	}
	t.Fatalf("%s is not calm a minute after a round", p.name)
}

// cpu returns what the program has used of processors, in and for itself.
func (p *program) cpu(t *testing.T) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		t.Fatalf("%s has ended: %v\n%s", p.name, err, p.log())
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after) // the first is the third of proc(5)
	var ticks int64
	for _, f := range []int{14, 15} { // user and system
		n, err := strconv.ParseInt(fields[f-3], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / 100) // Linux tells hundredths
}

// memory returns how many MB the program has in memory.
func (p *program) memory(t *testing.T) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	kb, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	if err != nil {
		t.Fatal(err)
	}
	return kb / 1024
}
