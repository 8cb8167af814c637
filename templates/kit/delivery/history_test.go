package delivery_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

var (
	histories   = flag.Duration("histories", 0, "how long to make random histories; 0 is one for each pair of a store and a bus")
	historySeed = flag.Uint64("seed", 0, "the seed of the first history; 0 is a random one")
)

// world is where histories take place: the servers, and which store and bus are used.
type world struct {
	store, bus string
	postgres   *testserver.Server
	broker     *testserver.Server // nil for a bus within the process
	shared     bool               // several processes can use the store at a time
}

// brokers start the servers of buses.
var brokers = map[string]func(t testing.TB) *testserver.Server{
	"activemq": testserver.StartActiveMQ,
	"kafka":    testserver.StartKafka,
	"nats":     testserver.StartNATS,
	"rabbitmq": testserver.StartRabbitMQ,
}

// TestHistories makes random histories of a service: processes of two versions, with
// settings that differ, emit and handle events, are stopped and killed, and so are the
// servers. In the end each group has handled each event that was acknowledged, once, and
// those of a key in order: of a key and a topic, where versions handle different topics.
func TestHistories(t *testing.T) {
	seed := *historySeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	postgres := testserver.StartPostgres(t)
	worlds := []*world{{store: "sqlite", bus: "channels"}, {store: "postgres", bus: "channels", shared: true, postgres: postgres}}
	for _, bus := range slices.Sorted(maps.Keys(brokers)) {
		broker := brokers[bus](t)
		worlds = append(worlds, &world{store: "sqlite", bus: bus, broker: broker},
			&world{store: "postgres", bus: bus, shared: true, postgres: postgres, broker: broker})
	}
	var sum tally
	for began, n := time.Now(), 0; n < len(worlds) || time.Since(began) < *histories; n++ {
		w := worlds[n%len(worlds)]
		s := seed + uint64(n)
		t.Run(fmt.Sprintf("%s and %s, seed %d", w.store, w.bus, s), func(t *testing.T) {
			sum.add(t, newHistory(t, w, s).run(t))
		})
	}
	fmt.Printf("histories=%d acked=%d lost=%d dup_effects=%d reordered=%d seed=%d\n",
		sum.histories, sum.acked, sum.lost, sum.doubled, sum.reordered, seed)
}

// tally is what became of the events of histories.
type tally struct{ histories, acked, lost, doubled, reordered int }

func (s *tally) add(t *testing.T, h tally) {
	t.Helper()
	if h.lost+h.doubled+h.reordered > 0 {
		t.Errorf("acked=%d lost=%d dup_effects=%d reordered=%d", h.acked, h.lost, h.doubled, h.reordered)
	}
	s.histories++
	s.acked += h.acked
	s.lost += h.lost
	s.doubled += h.doubled
	s.reordered += h.reordered
}

// history is one of them.
type history struct {
	*world
	random  *rand.Rand
	common  memberConfig
	members []*member
	next    map[string]int  // the number of the next event of a key
	acked   map[string]bool // events, as "key number"
}

func newHistory(t *testing.T, w *world, seed uint64) *history {
	t.Helper()
	h := &history{
		world: w, random: rand.New(rand.NewPCG(seed, 0)),
		next: map[string]int{}, acked: map[string]bool{},
	}
	h.common = memberConfig{Store: w.store, Bus: w.bus, Path: filepath.Join(t.TempDir(), "a.db"), Name: fmt.Sprintf("h%d", seed)}
	if w.store == "postgres" {
		h.common.DSN = testserver.SchemaOf(t, w.postgres, fmt.Sprintf("h%d", seed))
	}
	if w.broker != nil {
		h.common.URL = w.broker.URL()
	}
	return h
}

// run makes the history, and returns what became of its events.
func (h *history) run(t *testing.T) tally {
	t.Helper()
	h.start(t, newest)
	for range 10 + h.random.IntN(10) {
		h.step(t)
	}
	for len(h.members) > 0 {
		h.end(t, h.random.IntN(2) == 0)
	}
	h.start(t, newest)
	h.awaitEffects(t)
	effects := h.members[0].effects(t)
	h.end(t, false)
	return h.judge(effects)
}

// step has something happen.
func (h *history) step(t *testing.T) {
	t.Helper()
	switch n := h.random.IntN(20); {
	case n < 10:
		h.emit(t, 1+h.random.IntN(40))
	case n < 13:
		h.replace(t)
	case n < 15 && h.shared && len(h.members) < 3:
		h.start(t, h.version())
	case n < 17 && len(h.members) > 1:
		h.end(t, h.random.IntN(2) == 0)
	case n == 18 && h.store == "postgres":
		restart(h.postgres)
	case n == 19 && h.broker != nil:
		if h.random.IntN(2) == 0 {
			h.broker.Stop() // SIGTERM
			h.broker.Start()
		} else {
			restart(h.broker)
		}
	default:
		time.Sleep(time.Duration(h.random.IntN(300)) * time.Millisecond)
	}
}

func restart(s *testserver.Server) {
	s.Kill()
	s.Start()
}

// version returns that of the next member. A bus that keeps nothing needs the same
// subscribers in all of them.
func (h *history) version() int {
	if h.bus == "channels" {
		return newest
	}
	return 1 + h.random.IntN(newest)
}

// replace ends a member and starts another one in its place.
func (h *history) replace(t *testing.T) {
	t.Helper()
	h.end(t, h.random.IntN(2) == 0)
	if len(h.members) == 0 || h.shared {
		h.start(t, h.version())
	}
}

// end ends a member: it is killed, or told to stop.
func (h *history) end(t *testing.T, kill bool) {
	t.Helper()
	at := h.random.IntN(len(h.members))
	m := h.members[at]
	h.members = append(h.members[:at], h.members[at+1:]...)
	if kill {
		_ = m.cmd.Process.Kill()
	} else {
		_ = m.stdin.Close()
	}
	for range m.lines { // to its end
	}
	if err := m.cmd.Wait(); err != nil && !kill {
		t.Errorf("a member: %v", err)
	}
}

// emit has members emit events, a round of different keys at a time, and waits for what
// becomes of them: who emits the next event of a key has seen the one before.
func (h *history) emit(t *testing.T, rounds int) {
	t.Helper()
	for range rounds {
		m := h.members[h.random.IntN(len(h.members))]
		n := 1 + h.random.IntN(5)
		for key := range n {
			k := fmt.Sprintf("k%d", key)
			h.next[k]++
			m.send(fmt.Sprintf("emit %s %s %d", []string{"a", "b"}[h.random.IntN(2)], k, h.next[k]))
		}
		for range n {
			line, ok := <-m.lines
			if !ok {
				t.Fatal("a member has ended by itself")
			}
			if event, ok := strings.CutPrefix(line, "acked "); ok {
				h.acked[event] = true
			}
		}
	}
}

// awaitEffects waits until the one member has nothing to do, or time is up.
func (h *history) awaitEffects(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	for {
		missing := 0
		found := map[string]bool{}
		for _, e := range h.members[0].effects(t) {
			found[e.Group+" "+e.event()] = true
		}
		for event := range h.acked {
			for _, group := range groups {
				if !found[group+" "+event] {
					missing++
				}
			}
		}
		if missing == 0 || time.Now().After(deadline) {
			return
		}
		time.Sleep(50 * time.Millisecond) // the interval of looking
	}
}

// judge compares the effects with what was acknowledged.
func (h *history) judge(effects []effect) tally {
	result := tally{histories: 1, acked: len(h.acked)}
	seen, last := map[string]bool{}, map[string]int{}
	for _, e := range effects {
		id, key := e.Group+" "+e.event(), e.Group+" "+e.Key
		if e.Group == ledger { // its versions handle different topics: an event may wait for one that does
			key += " " + e.Topic
		}
		if seen[id] {
			result.doubled++
		}
		if e.Number < last[key] {
			result.reordered++
		}
		seen[id], last[key] = true, e.Number
	}
	for event := range h.acked {
		for _, group := range groups {
			if !seen[group+" "+event] {
				result.lost++
			}
		}
	}
	return result
}

// member is a process of the service.
type member struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string
}

// start starts a member of the version, with settings of its own.
func (h *history) start(t *testing.T, version int) {
	t.Helper()
	c := h.common
	c.Version, c.Seed = version, h.random.Uint64()
	c.Lease = time.Duration(1+h.random.IntN(3)) * time.Second
	c.Concurrency = 1 + h.random.IntN(16)
	c.Window = 1 + h.random.IntN(200)
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	m := &member{cmd: exec.CommandContext(t.Context(), program, "-test.run=^TestMember$"), lines: make(chan string, 100)}
	m.cmd.Env = append(os.Environ(), memberVariable+"="+string(text))
	m.cmd.Stderr = os.Stderr
	if m.stdin, err = m.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(m.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			if s.Text() != "PASS" {
				m.lines <- s.Text()
			}
		}
	}()
	if line := <-m.lines; line != "ready" {
		t.Fatalf("a member did not start: %s", line)
	}
	h.members = append(h.members, m)
}

func (m *member) send(line string) { _, _ = io.WriteString(m.stdin, line+"\n") }

// effects asks the member for all effects, in the order in which they were made.
func (m *member) effects(t *testing.T) (effects []effect) {
	t.Helper()
	m.send("effects")
	for line := range m.lines {
		if line == "end" {
			return effects
		}
		var e effect
		if _, err := fmt.Sscan(line, &e.Group, &e.Topic, &e.Key, &e.Number); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		effects = append(effects, e)
	}
	t.Fatal("the member has ended by itself")
	return nil
}

// effect is an event that a group has handled.
type effect struct {
	Group, Topic, Key string
	Number            int
}

func (e effect) event() string { return fmt.Sprintf("%s %d", e.Key, e.Number) }
