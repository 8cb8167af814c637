package natsbus_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/natsbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// journal is what the members of a group did with messages, whose payloads count
// up from 0 for each key. It sees what the port rules out: a message that is begun
// before an earlier one of its key was handled, and two of a key at once.
type journal struct {
	mu      sync.Mutex
	handled map[string]int // how many of each key, in order
	busy    map[string]string
	faults  []string
	again   int
}

func newJournal() *journal {
	return &journal{handled: map[string]int{}, busy: map[string]string{}}
}

func (j *journal) begin(member string, m kit.Message) (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, _ = fmt.Sscan(string(m.Payload), &n)
	if n > j.handled[m.Key] {
		j.faults = append(j.faults, fmt.Sprintf("%s began %s/%d when %d had been handled", member, m.Key, n, j.handled[m.Key]))
	}
	if other, ok := j.busy[m.Key]; ok {
		j.faults = append(j.faults, fmt.Sprintf("%s began %s/%d beside %s", member, m.Key, n, other))
	}
	j.busy[m.Key] = member
	return n
}

func (j *journal) end(m kit.Message, n int, handled bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.busy, m.Key)
	switch {
	case handled && n == j.handled[m.Key]:
		j.handled[m.Key]++
	case handled:
		j.again++
	}
}

// handler handles as a member, failing now and then.
func (j *journal) handler(member string, pause time.Duration, failures int) kit.Handler {
	return func(ctx context.Context, m kit.Message) error {
		n := j.begin(member, m)
		fails := failures > 0 && rand.N(failures) == 0
		if pause > 0 {
			select {
			case <-time.After(rand.N(pause)):
			case <-ctx.Done():
				fails = true
			}
		}
		j.end(m, n, !fails)
		if fails {
			return errors.New("on purpose")
		}
		return nil
	}
}

func (j *journal) total() (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, handled := range j.handled {
		n += handled
	}
	return n
}

func (j *journal) check(t *testing.T, want int) {
	t.Helper()
	for had := 0; had < want; { // as long as it goes on, it may take its time
		eventually(t, fmt.Sprintf("more than %d of %d messages are handled", had, want), func() bool { return j.total() > had })
		had = j.total()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	t.Logf("handled %d, again %d", want, j.again)
	for _, fault := range j.faults[:min(len(j.faults), 10)] {
		t.Error(fault)
	}
}

// series is messages of several keys, each counting up from its first.
func series(keys, first, each int) (msgs []kit.Message) {
	for n := range each {
		for k := range keys {
			msgs = append(msgs, message(fmt.Sprint("key", k), first+n))
		}
	}
	return msgs
}

// proxy is a way to a server that can be cut and frozen.
type proxy struct {
	URL    string
	frozen atomic.Bool
	mu     sync.Mutex
	conns  []net.Conn
}

func newProxy(t *testing.T, url string) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{URL: "nats://" + l.Addr().String()}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", strings.TrimPrefix(url, "nats://"))
			if err != nil {
				_ = near.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, near, far)
			p.mu.Unlock()
			work.Go(func() { p.carry(near, far) })
			work.Go(func() { p.carry(far, near) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.frozen.Store(false)
		p.cut()
		work.Wait()
	})
	return p
}

func (p *proxy) carry(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		for p.frozen.Load() {
			time.Sleep(time.Millisecond)
		}
		if _, failed := to.Write(buffer[:n]); failed != nil || errors.Is(err, io.EOF) || err != nil {
			return
		}
	}
}

// cut ends all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

// TestOrderAcrossMembers shows that two members share the keys, and that each key
// keeps its order while members come, go, fail, and lose their connections.
func TestOrderAcrossMembers(t *testing.T) {
	url := testserver.NATS(t)
	noGoroutineLeft(t)
	c := config(t, url)
	j := newJournal()
	way := newProxy(t, url)
	viaProxy := c
	viaProxy.URL = way.URL
	first, second := open(t, c), open(t, viaProxy)
	var firstDid, secondDid atomic.Int64
	counted := func(n *atomic.Int64, h kit.Handler) kit.Handler {
		return func(ctx context.Context, m kit.Message) error { n.Add(1); return h(ctx, m) }
	}
	subscribe(t, first, "g", counted(&firstDid, j.handler("first", 2*time.Millisecond, 20)))
	subscribe(t, second, "g", counted(&secondDid, j.handler("second", 2*time.Millisecond, 20)))
	publisher := open(t, c)
	const keys, each, rounds = 40, 20, 8
	for round := range rounds {
		mustPublish(t, publisher, series(keys, round*each, each)...)
		if round%2 == 1 {
			way.cut()
		}
		if round == 4 {
			third := open(t, c)
			stop := subscribe(t, third, "g", j.handler("third", 2*time.Millisecond, 20))
			mustPublish(t, publisher) // nothing
			if err := stop(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
	j.check(t, keys*each*rounds)
	if firstDid.Load() == 0 || secondDid.Load() == 0 {
		t.Errorf("the members handled %d and %d messages: they do not share", firstDid.Load(), secondDid.Load())
	}
}

// TestMemberDies shows that what a member did not handle goes to another, in
// order, when it can no longer reach the server.
func TestMemberDies(t *testing.T) {
	url := testserver.NATS(t)
	c := config(t, url)
	way := newProxy(t, url)
	viaProxy := c
	viaProxy.URL = way.URL
	doomed, heir := open(t, viaProxy), open(t, c)
	j := newJournal()
	began := make(chan struct{}, 100)
	subscribe(t, doomed, "g", func(ctx context.Context, m kit.Message) error {
		n := j.begin("doomed", m)
		began <- struct{}{}
		<-ctx.Done() // when its lease is over
		j.end(m, n, false)
		return ctx.Err()
	})
	mustPublish(t, heir, series(10, 0, 5)...)
	for range 10 {
		<-began
	}
	way.frozen.Store(true)
	frozen := time.Now()
	subscribe(t, heir, "g", j.handler("heir", 0, 0))
	j.check(t, 50)
	t.Logf("all was handled %v after the member was cut off, with a lease of %v", time.Since(frozen).Round(time.Millisecond), c.Lease)
}

// TestPublishedTwice shows that a message that is published again is kept once,
// and one for a single group, which is played again on purpose, each time.
func TestPublishedTwice(t *testing.T) {
	b := open(t, config(t, testserver.NATS(t)))
	var mu sync.Mutex
	var got []string
	subscribe(t, b, "g", func(_ context.Context, m kit.Message) error {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, string(m.Payload))
		return nil
	})
	once, again, last := message("k", 1), message("k", 2), message("k", 3)
	again.Group = "g"
	mustPublish(t, b, once, once, again, again, last)
	eventually(t, "the last message came", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return slices.Contains(got, "3")
	})
	if want := []string{"1", "2", "2", "3"}; !slices.Equal(got, want) {
		t.Errorf("received %v, want %v", got, want)
	}
}

// TestServerKilled shows that a bus outlives its server: meanwhile it says so,
// afterwards it goes on by itself, and nothing that was taken is lost.
func TestServerKilled(t *testing.T) {
	noGoroutineLeft(t)
	s := testserver.StartNATS(t)
	c := natsbus.Config{URL: s.URL(), Stream: "s", Lease: 2 * time.Second, PublishTimeout: 5 * time.Second}
	b := open(t, c)
	j := newJournal()
	subscribe(t, b, "g", j.handler("member", time.Millisecond, 0))
	const keys, each = 20, 10
	published := 0
	for _, end := range []func(){s.Kill, s.Stop, s.Kill} {
		mustPublish(t, b, series(keys, published, each)...)
		published += each
		end()
		mustBeAway(t, b, s)
		s.Start()
		returned := time.Now()
		eventually(t, "the bus answers", func() bool { return b.Ping(t.Context()) == nil })
		mustPublish(t, b, series(keys, published, each)...)
		published += each
		j.check(t, keys*published)
		if took := time.Since(returned); took > 15*time.Second {
			t.Errorf("it took %v to recover", took)
		}
	}
}

func mustBeAway(t *testing.T, b kit.Bus, s *testserver.Server) {
	t.Helper()
	asked := time.Now()
	for i, err := range publish(t, b, message("other", 0), message("other", 1)) {
		if kit.CodeOf(err) != kit.Unavailable {
			t.Errorf("message %d, without a server: %v", i, err)
		}
	}
	if took := time.Since(asked); took > 2*time.Second {
		t.Errorf("it took %v to say that there is no server", took)
	}
	if err := b.Ping(t.Context()); kit.CodeOf(err) != kit.Unavailable || !strings.Contains(err.Error(), s.URL()) {
		t.Errorf("Ping without a server: %v", err)
	}
}

// TestServerStoppedUnderLoad shows that what was confirmed is kept by a server that is
// stopped, killed, and started again while messages come and are handled.
func TestServerStoppedUnderLoad(t *testing.T) {
	s := testserver.StartNATS(t)
	c := natsbus.Config{URL: s.URL(), Lease: 2 * time.Second, PublishTimeout: 2 * time.Second}
	b := open(t, c)
	var mu sync.Mutex
	handled, confirmed := map[kit.UUID]bool{}, map[kit.UUID]bool{}
	for _, group := range []string{"g", "h"} {
		subscribe(t, b, group, func(_ context.Context, m kit.Message) error {
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
					msgs[i] = message(fmt.Sprint(worker, i), i)
				}
				for i, err := range publish(t, b, msgs...) {
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
		eventually(t, "the bus answers", func() bool { return b.Ping(t.Context()) == nil })
	}
	cancel()
	publishing.Wait()
	eventually(t, "all that was confirmed is handled", func() bool {
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

// TestOrderIsKeptWhenPublishingFails shows that no message of a key is taken after
// one that was not, within what was published together.
func TestOrderIsKeptWhenPublishingFails(t *testing.T) {
	url := testserver.NATS(t)
	way := newProxy(t, url)
	c := config(t, url)
	c.URL = way.URL
	b := open(t, c)
	for range 20 {
		time.AfterFunc(rand.N(20*time.Millisecond), way.cut)
		msgs := series(10, 0, 50)
		failed := map[string]bool{}
		for i, err := range publish(t, b, msgs...) {
			if key := msgs[i].Key; err != nil {
				failed[key] = true
			} else if failed[key] {
				t.Fatalf("message %d of key %s was taken, an earlier one was not", i, key)
			}
		}
		eventually(t, "the bus answers", func() bool { return b.Ping(t.Context()) == nil })
	}
}

// TestFrozenServer shows that a server that says nothing does not hold a publisher
// up for longer than its deadline, nor Ping.
func TestFrozenServer(t *testing.T) {
	url := testserver.NATS(t)
	way := newProxy(t, url)
	c := config(t, url)
	c.URL = way.URL
	b := open(t, c)
	way.frozen.Store(true)
	asked := time.Now()
	for i, err := range publish(t, b, series(100, 0, 2)...) {
		if kit.CodeOf(err) != kit.Unavailable {
			t.Fatalf("message %d, to a frozen server: %v", i, err)
		}
	}
	if took := time.Since(asked); took > c.PublishTimeout+time.Second {
		t.Errorf("it took %v to fail", took)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := b.Ping(ctx); kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("Ping of a frozen server: %v", err)
	}
	way.frozen.Store(false)
	eventually(t, "the bus answers", func() bool { return b.Ping(t.Context()) == nil })
	mustPublish(t, b, message("k", 0))
}
