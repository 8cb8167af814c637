// Package brokertest tests buses over brokers: with several members, of several versions
// of a service, which die, freeze and lose their connections, and with servers that do.
// It is for the kit's own buses, beside package bustest.
package brokertest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// Broker is a bus under test.
type Broker struct {
	// Server returns the URL of a server that tests share.
	Server func(t testing.TB) string
	// Start starts a server of the test's own.
	Start func(t testing.TB) *testserver.Server
	// Open returns a bus, which is closed after the test.
	Open func(t testing.TB, s Settings) kit.Bus
	// Look looks as a version of the service with these groups.
	Look func(t testing.TB, s Settings, groups []string) (found string, err error)
	// Waits says that a message is begun nowhere while its handler may go on in a process
	// that has lost its connections for less than its lease.
	Waits bool
	// Lose has somebody remove things that a bus has on the server.
	Lose map[string]func(t testing.TB, s Settings)
	// Change has somebody change things so that messages may be lost. It returns what
	// reports whether they are as they were.
	Change map[string]func(t testing.TB, s Settings) (back func() bool)
}

// Settings are what buses of a test have in common, or differ in.
type Settings struct {
	URL            string
	Name           string // of what the bus has on the server
	Lease          time.Duration
	PublishTimeout time.Duration
	ConnectTimeout time.Duration // if not 0
	Replicas       int           // on a cluster
}

// settings are those of a test on the shared server.
func (b Broker) settings(t testing.TB) Settings { return b.on(b.Server(t)) }

func (Broker) on(url string) Settings {
	return Settings{
		URL: url, Name: "test-" + kit.NewUUID().String(), Lease: 2 * time.Second,
		PublishTimeout: patience, // where messages must be taken, however busy the machine is
	}
}

// Run runs all tests.
func Run(t *testing.T, b Broker) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Broker)
	}{
		{"OrderAcrossMembers", orderAcrossMembers},
		{"MemberDies", memberDies},
		{"MemberFrozen", memberFrozen},
		{"SlowHandler", slowHandler},
		{"OrderIsKeptWhenPublishingFails", orderIsKeptWhenPublishingFails},
		{"FrozenServer", frozenServer},
		{"Unanswered", unanswered},
		{"InvalidMessages", invalidMessages},
		{"VersionsSideBySide", versionsSideBySide},
		{"OldVersionStartsOnce", oldVersionStartsOnce},
		{"GroupsDiffer", groupsDiffer},
		{"TwoServices", twoServices},
		{"StubbornHandler", stubbornHandler},
		{"StopAtOnce", stopAtOnce},
		{"Lost", lost},
		{"Changed", changed},
		{"Backlog", backlog},
		{"GivenUp", givenUp},
		{"Heavy", heavy},
		{"ServerKilled", serverKilled},
		{"ServerStoppedUnderLoad", serverStoppedUnderLoad},
	} {
		t.Run(test.name, func(t *testing.T) {
			NoGoroutineLeft(t)
			test.run(t, b)
		})
	}
}

// orderAcrossMembers shows that two members share the keys, and that each key
// keeps its order while members come, go, fail, and lose their connections.
func orderAcrossMembers(t *testing.T, b Broker) {
	c, j := b.settings(t), NewJournal()
	way := NewProxy(t, c.URL)
	viaProxy := c
	viaProxy.URL = way.URL
	first, second := b.Open(t, c), b.Open(t, viaProxy)
	var firstDid, secondDid atomic.Int64
	counted := func(n *atomic.Int64, h kit.Handler) kit.Handler {
		return func(ctx context.Context, m kit.Message) error { n.Add(1); return h(ctx, m) }
	}
	Subscribe(t, first, "g", counted(&firstDid, j.Handler("first", 2*time.Millisecond, 20)))
	Subscribe(t, second, "g", counted(&secondDid, j.Handler("second", 2*time.Millisecond, 20)))
	publisher := b.Open(t, c)
	const keys, each = 40, 20
	round := 0
	for began := time.Now(); round < 8 || (firstDid.Load() == 0 || secondDid.Load() == 0) && time.Since(began) < patience; round++ {
		MustPublish(t, publisher, Series(keys, round*each, each)...)
		if round%2 == 1 {
			way.Cut()
		}
		if round == 4 {
			third := b.Open(t, c)
			stop := Subscribe(t, third, "g", j.Handler("third", 2*time.Millisecond, 20))
			MustPublish(t, publisher) // nothing
			if err := stop(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
	j.Check(t, keys*each*round)
	if firstDid.Load() == 0 || secondDid.Load() == 0 {
		t.Errorf("the members handled %d and %d messages: they do not share", firstDid.Load(), secondDid.Load())
	}
}

// memberDies shows that what a member did not handle goes to another, in
// order, when it can no longer reach the server.
func memberDies(t *testing.T, b Broker) {
	c := b.settings(t)
	way := NewProxy(t, c.URL)
	viaProxy := c
	viaProxy.URL = way.URL
	doomed, heir := b.Open(t, viaProxy), b.Open(t, c)
	j := NewJournal()
	began := make(chan struct{}, 100)
	Subscribe(t, doomed, "g", func(ctx context.Context, m kit.Message) error {
		n := j.begin(ctx, "doomed", m)
		began <- struct{}{}
		<-ctx.Done() // when its lease is over
		j.end(m, n, false)
		return ctx.Err()
	})
	MustPublish(t, heir, Series(10, 0, 5)...)
	for range 10 {
		<-began
	}
	way.Frozen.Store(true)
	frozen := time.Now()
	Subscribe(t, heir, "g", j.Handler("heir", 0, 0))
	j.Check(t, 50)
	t.Logf("all was handled %v after the member was cut off, with a lease of %v", time.Since(frozen).Round(time.Millisecond), c.Lease)
}

// serverKilled shows that a bus outlives its server: meanwhile it says so,
// afterwards it goes on by itself, and nothing that was taken is lost.
func serverKilled(t *testing.T, b Broker) {
	s := b.Start(t)
	bus, j := b.Open(t, b.on(s.URL())), NewJournal()
	Subscribe(t, bus, "g", j.Handler("member", time.Millisecond, 0))
	const keys, each = 20, 10
	published := 0
	for _, end := range []func(){s.Kill, s.Stop, s.Kill} {
		MustPublish(t, bus, Series(keys, published, each)...)
		published += each
		end()
		mustBeAway(t, bus, s)
		s.Start()
		returned := time.Now()
		Eventually(t, "the bus answers", func() bool { return bus.Ping(t.Context()) == nil })
		MustPublish(t, bus, Series(keys, published, each)...)
		published += each
		j.Check(t, keys*published)
		t.Logf("it took %v to recover", time.Since(returned).Round(time.Millisecond))
	}
}

func mustBeAway(t *testing.T, b kit.Bus, s *testserver.Server) {
	t.Helper()
	asked := time.Now()
	for i, err := range Publish(t, b, Message("other", 0), Message("other", 1)) {
		if kit.CodeOf(err) != kit.Unavailable {
			t.Errorf("message %d, without a server: %v", i, err)
		}
	}
	if took := time.Since(asked); took > patience/4 { // it does not wait for its deadline
		t.Errorf("it took %v to say that there is no server", took)
	}
	if err := b.Ping(t.Context()); kit.CodeOf(err) != kit.Unavailable || !strings.Contains(err.Error(), hostOf(s.URL())) {
		t.Errorf("Ping without a server: %v", err)
	}
}

// serverStoppedUnderLoad shows that what was confirmed is kept by a server that is
// stopped, killed, and started again while messages come and are handled.
func serverStoppedUnderLoad(t *testing.T, b Broker) {
	s := b.Start(t)
	c := b.on(s.URL())
	c.PublishTimeout = 5 * time.Second // what is not taken does not matter
	bus := b.Open(t, c)
	var mu sync.Mutex
	handled, confirmed := map[kit.UUID]bool{}, map[kit.UUID]bool{}
	for _, group := range []string{"g", "h"} {
		Subscribe(t, bus, group, func(_ context.Context, m kit.Message) error {
			mu.Lock()
			defer mu.Unlock()
			if group == "g" {
				handled[m.ID] = true
			}
			return nil
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	var publishing sync.WaitGroup
	for worker := range 4 {
		publishing.Go(func() {
			for ctx.Err() == nil {
				msgs := make([]kit.Message, 200)
				for i := range msgs {
					msgs[i] = Message(fmt.Sprint(worker, i), i)
				}
				for i, err := range Publish(t, bus, msgs...) {
					if err == nil {
						mu.Lock()
						confirmed[msgs[i].ID] = true
						mu.Unlock()
					}
				}
			}
		})
	}
	for _, end := range []func(){s.Stop, s.Kill, s.Stop, s.Stop} {
		time.Sleep(300*time.Millisecond + rand.N(500*time.Millisecond)) // any moment will do
		end()
		s.Start()
		mu.Lock()
		before := len(confirmed)
		mu.Unlock()
		Eventually(t, "messages are confirmed again", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(confirmed) > before
		})
	}
	cancel()
	publishing.Wait()
	Eventually(t, "all that was confirmed is handled", func() bool {
		mu.Lock()
		defer mu.Unlock()
		for id := range confirmed {
			if !handled[id] {
				return false
			}
		}
		return true
	})
	t.Logf("%d messages were confirmed", len(confirmed))
}

// orderIsKeptWhenPublishingFails shows that no message of a key is taken after
// one that was not, within what was published together.
func orderIsKeptWhenPublishingFails(t *testing.T, b Broker) {
	c := b.settings(t)
	c.PublishTimeout = 2 * time.Second // what is not taken does not matter
	way := NewProxy(t, c.URL)
	c.URL = way.URL
	bus := b.Open(t, c)
	for range 20 {
		time.AfterFunc(rand.N(20*time.Millisecond), way.Cut)
		msgs := Series(10, 0, 50)
		failed := map[string]bool{}
		for i, err := range Publish(t, bus, msgs...) {
			if key := msgs[i].Key; err != nil {
				failed[key] = true
			} else if failed[key] {
				t.Fatalf("message %d of key %s was taken, an earlier one was not", i, key)
			}
		}
		Eventually(t, "a message is taken", func() bool { return Publish(t, bus, Message("other", 0))[0] == nil })
	}
}

// frozenServer shows that a server that says nothing does not hold a publisher
// up for longer than its deadline, nor Ping.
func frozenServer(t *testing.T, b Broker) {
	c := b.settings(t)
	c.PublishTimeout = 2 * time.Second
	way := NewProxy(t, c.URL)
	c.URL = way.URL
	bus := b.Open(t, c)
	way.Frozen.Store(true)
	asked := time.Now()
	for i, err := range Publish(t, bus, Series(10, 0, 20)...) { // those of a key do not wait one after another
		if kit.CodeOf(err) != kit.Unavailable {
			t.Fatalf("message %d, to a frozen server: %v", i, err)
		}
	}
	if took := time.Since(asked); took > 5*c.PublishTimeout {
		t.Errorf("it took %v to fail", took)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := bus.Ping(ctx); kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("Ping of a frozen server: %v", err)
	}
	way.Frozen.Store(false)
	Eventually(t, "the bus answers", func() bool { return bus.Ping(t.Context()) == nil })
	Eventually(t, "a message is taken", func() bool { return Publish(t, bus, Message("k", 0))[0] == nil })
}

// unanswered shows that what a server was asked before its connections were lost does not
// hold a bus up, however long it may take to answer.
func unanswered(t *testing.T, b Broker) {
	c := b.settings(t)
	c.ConnectTimeout = 3 * patience
	way := NewProxy(t, c.URL)
	c.URL = way.URL
	bus, j := b.Open(t, c), NewJournal()
	Subscribe(t, bus, "g", j.Handler("member", 0, 0))
	MustPublish(t, bus, Series(20, 0, 5)...)
	j.Check(t, 100)
	way.Frozen.Store(true)
	time.Sleep(8 * time.Second) // it looks after what it has there more often
	way.Cut()
	way.Frozen.Store(false)
	returned := time.Now()
	Eventually(t, "the bus answers", func() bool { return bus.Ping(t.Context()) == nil })
	MustPublish(t, bus, Series(20, 5, 5)...)
	j.Check(t, 200)
	t.Logf("it took %v to recover", time.Since(returned).Round(time.Millisecond))
}

// invalidMessages shows that what can never be sent is told apart, and holds nothing
// else up.
func invalidMessages(t *testing.T, b Broker) {
	bus := b.Open(t, b.settings(t))
	bad := []kit.Message{Message("k", 0), Message("k", 0), Message("k", 0)}
	bad[0].Topic = "a b"
	bad[1].Topic = "a..b"
	bad[2].Group = "Not A Group"
	if largest := bus.Capability().Largest; largest > 0 {
		m := Message("k", 0)
		m.Payload = make([]byte, largest+1)
		bad = append(bad, m)
	}
	errs := Publish(t, bus, append(bad, Message("k", 1))...)
	for i := range bad {
		if kit.CodeOf(errs[i]) != kit.Invalid {
			t.Errorf("message %d: %v, want invalid", i, errs[i])
		}
	}
	if err := errs[len(bad)]; err != nil {
		t.Errorf("a good message: %v", err)
	}
}

// twoServices shows that two services on one server, whose groups and topics have the
// same names, do not meet.
func twoServices(t *testing.T, b Broker) {
	url := b.Server(t)
	for range 2 {
		bus, j := b.Open(t, b.on(url)), NewJournal()
		Subscribe(t, bus, "g", j.Handler("member", 0, 0))
		MustPublish(t, bus, Series(40, 0, 5)...)
		j.Check(t, 200)
	}
}
