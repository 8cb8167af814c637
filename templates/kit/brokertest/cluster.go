package brokertest

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

var clusterBlows = flag.Int("cluster-blows", 0, "how many servers of a cluster RunCluster kills, stops and freezes, one after another: 3 take a minute or two for each bus")

// Cluster is a bus on a cluster of servers, each of which is to have all that it keeps.
type Cluster struct {
	// Start starts a cluster of the test's own.
	Start func(t testing.TB) []*testserver.Server
	// Open returns a bus.
	Open func(t testing.TB, s Settings) (kit.Bus, error)
	// Whole reports whether all servers have what buses keep.
	Whole func(t testing.TB, s Settings) bool
	// Few is why no service can begin while a server is away; "" if one can.
	Few string
	// Many is why nothing can be kept on more servers than there are; "" if that is not configured.
	Many string
	// Locks reports whether a server that is frozen keeps the others from taking over.
	Locks bool
}

// longestAway is how long one server may hold up a bus, on a machine that is busy.
const longestAway = 45 * time.Second

// RunCluster shows that buses outlive each server of a cluster, which are killed, stopped and
// frozen while messages are published and handled by two members: what was confirmed is
// handled, in order, and publishing goes on while one server is away. A bus starts then, too,
// whichever server it is told first.
func RunCluster(t *testing.T, c Cluster) {
	if *clusterBlows == 0 {
		t.Skip("starts three servers and ends each: run it with -args -cluster-blows 3")
	}
	cluster, j := c.Start(t), NewJournal()
	NoGoroutineLeft(t)
	s := Broker{}.on(urls(cluster, 0))
	s.PublishTimeout, s.Replicas = 5*time.Second, 3 // what is not taken is published again
	c.beginWith(t, s, 4, c.Many)
	l := &load{bus: c.mustOpen(t, s), journal: j}
	for i, member := range []string{"first", "second"} {
		s.URL = urls(cluster, i+1)
		Subscribe(t, c.mustOpen(t, s), "g", j.Handler(member, 100*time.Millisecond, 0))
	}
	end := l.begin(t)
	c.awaitWhole(t, s)
	order := rand.Perm(len(cluster))
	for n := range *clusterBlows {
		i := order[n%len(order)]
		s.URL = urls(cluster, i)
		l.pile(t)
		blow := c.blow(cluster[i], n)
		blow.begin()
		held, handled := l.goOn(t)
		began := time.Now()
		PublishAsOutbox(t, c.mustOpen(t, s), Message("other", 0))
		started := since(began)
		t.Logf("server %d was %s: a message took up to %v to be taken, and %v to be handled; a bus started in %v", i+1, blow.name, held, handled, started)
		if max(held, started) > longestAway {
			t.Errorf("that is longer than %v", longestAway)
		}
		if n == 0 {
			c.beginAnew(t, s)
		}
		blow.end()
		began = time.Now()
		c.awaitWhole(t, s)
		t.Logf("it was whole after %v", since(began))
	}
	j.Check(t, end())
}

// urls are those of a cluster, of which one comes first.
func urls(cluster []*testserver.Server, first int) string {
	var all []string
	for _, s := range slices.Concat(cluster[first:], cluster[:first]) {
		all = append(all, s.URL())
	}
	return strings.Join(all, ",")
}

func since(began time.Time) time.Duration { return time.Since(began).Round(time.Millisecond) }

// mustOpen opens a bus, in several attempts as a service does whose servers are not there yet.
func (c Cluster) mustOpen(t testing.TB, s Settings) (bus kit.Bus) {
	t.Helper()
	Eventually(t, "a bus starts", func() bool {
		var err error
		if bus, err = c.Open(t, s); err != nil {
			t.Log(err)
		}
		return err == nil
	})
	t.Cleanup(func() { _ = bus.Close() })
	return bus
}

// awaitWhole returns when the cluster is whole, and was a moment before: one that was frozen
// may answer with what it knew then.
func (c Cluster) awaitWhole(t testing.TB, s Settings) {
	t.Helper()
	Eventually(t, "the cluster is whole", func() bool {
		whole := c.Whole(t, s)
		time.Sleep(time.Second)
		return whole && c.Whole(t, s)
	})
}

// beginAnew shows that a service that has nothing on the servers yet begins while one is away,
// or is told why it cannot.
func (c Cluster) beginAnew(t *testing.T, s Settings) {
	t.Helper()
	s.Name = "new-" + kit.NewUUID().String()
	if c.Few != "" {
		c.beginWith(t, s, 3, c.Few)
		return
	}
	if *clusterBlows <= 3 { // it may take half a minute
		return
	}
	began := time.Now()
	j, subscription := NewJournal(), kit.Subscription{Group: "g", Topics: []string{Topic}}
	var bus kit.Bus
	Eventually(t, "a new service begins", func() bool {
		bus = c.mustOpen(t, s)
		_, err := bus.Subscribe(t.Context(), subscription, j.Handler("new", 0, 0))
		if err != nil {
			t.Log(err)
			err = errors.Join(err, bus.Close())
		}
		return err == nil
	})
	PublishAsOutbox(t, bus, Series(loadKeys, 0, 1)...)
	j.Check(t, loadKeys)
	t.Logf("a new service began in %v", since(began))
}

// beginWith shows why a service cannot begin that is to have its events on so many servers.
func (c Cluster) beginWith(t *testing.T, s Settings, replicas int, why string) {
	t.Helper()
	s.Name, s.Replicas = "new-"+kit.NewUUID().String(), replicas
	if why == "" {
		return
	}
	if _, err := c.Open(t, s); kit.CodeOf(err) != kit.Invalid || !strings.Contains(err.Error(), why) {
		t.Errorf("a service with %d replicas: %v, want %q", replicas, err, why)
	}
}

// blow is what happens to a server, and how that ends.
type blow struct {
	name       string
	begin, end func()
}

// blow returns the nth one.
func (c Cluster) blow(s *testserver.Server, n int) blow {
	all := []blow{{"killed", s.Kill, s.Start}, {"stopped", s.Stop, s.Start}, {"frozen", s.Freeze, s.Thaw}}
	if c.Locks {
		all = all[:2]
	}
	return all[n%len(all)]
}

// load publishes messages as the outbox does, in rounds of the next one of each key, when
// all of the round before were taken.
type load struct {
	bus     kit.Bus
	journal *Journal

	mu     sync.Mutex
	rounds int // that were taken
	worst  time.Duration
	burst  int // rounds that follow at once
}

const loadKeys = 20

// begin begins to publish. end ends it, and returns how many messages were taken.
func (l *load) begin(t *testing.T) (end func() int) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	var publishing sync.WaitGroup
	publishing.Go(func() {
		for round := 0; ctx.Err() == nil; round++ {
			began := time.Now()
			for msgs := Series(loadKeys, round, 1); len(msgs) > 0 && t.Context().Err() == nil; {
				msgs = l.refused(t, msgs)
			}
			time.Sleep(l.taken(time.Since(began)))
		}
	})
	return func() int {
		cancel()
		publishing.Wait()
		return l.rounds * loadKeys
	}
}

// refused publishes messages, and returns those that were not taken.
func (l *load) refused(t *testing.T, msgs []kit.Message) (again []kit.Message) {
	errs := Publish(t, l.bus, msgs...)
	for i, err := range errs {
		if err != nil {
			again = append(again, msgs[i])
		}
	}
	if errors.Join(errs...) != nil {
		time.Sleep(20 * time.Millisecond)
	}
	return again
}

// taken notes that a round was, and returns how long to wait for the next one.
func (l *load) taken(took time.Duration) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rounds++
	l.worst = max(l.worst, took)
	if l.burst > 0 {
		l.burst--
		return 0
	}
	return 70 * time.Millisecond
}

// pile has so many messages of each key wait that members handle them for seconds.
func (l *load) pile(t *testing.T) {
	t.Helper()
	const rounds = 60
	l.mu.Lock()
	l.burst = rounds
	l.mu.Unlock()
	from := l.done()
	Eventually(t, "messages wait", func() bool { return l.done() >= from+rounds })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.worst = 0
}

func (l *load) done() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rounds
}

// goOn waits until messages that are published from now on are taken and handled. It returns
// how long the slowest took to be taken since pile, and the last of them to be handled.
func (l *load) goOn(t *testing.T) (held, handled time.Duration) {
	t.Helper()
	began := time.Now()
	to := l.done() + 20
	Eventually(t, "publishing goes on", func() bool { return l.done() >= to })
	Eventually(t, "handling goes on", func() bool { return l.journal.Total() >= to*loadKeys })
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.worst.Round(time.Millisecond), since(began)
}
