package natsbus_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/natsbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// operator changes what is on a server.
func operator(t testing.TB, url string) jetstream.JetStream {
	t.Helper()
	conn, err := client.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func mustStream(t testing.TB, js jetstream.JetStream, name string) jetstream.Stream {
	t.Helper()
	s, err := js.Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestConsumersRemoved shows that a group goes on where it was when somebody removes
// every consumer, again and again.
func TestConsumersRemoved(t *testing.T) {
	c := config(t, testserver.NATS(t))
	js, b, j := operator(t, c.URL), open(t, c), brokertest.NewJournal()
	brokertest.Subscribe(t, b, "g", j.Handler("member", time.Millisecond, 0))
	const keys, each, rounds = 40, 10, 5
	for round := range rounds {
		brokertest.MustPublish(t, b, brokertest.Series(keys, round*each, each)...)
		for _, name := range streams(c.Stream)[:16] {
			s := mustStream(t, js, name)
			for consumer := range s.ConsumerNames(t.Context()).Name() {
				if err := s.DeleteConsumer(t.Context(), consumer); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
					t.Fatal(err)
				}
			}
		}
	}
	j.Check(t, keys*each*rounds)
}

// changes are what somebody may change.
var changes = map[string]func(t testing.TB, s brokertest.Settings) (back func() bool){
	"few messages": change(func(s *jetstream.StreamConfig) { s.Discard, s.MaxMsgs = jetstream.DiscardOld, 10 }),
	"interest":     change(func(s *jetstream.StreamConfig) { s.Retention = jetstream.InterestPolicy }),
	"a short age":  change(func(s *jetstream.StreamConfig) { s.MaxAge, s.Duplicates = time.Minute, time.Minute }),
	"small ones":   change(func(s *jetstream.StreamConfig) { s.MaxMsgSize = 10 }),
	"no answers":   change(func(s *jetstream.StreamConfig) { s.NoAck = true }),
}

func change(to func(*jetstream.StreamConfig)) func(t testing.TB, s brokertest.Settings) (back func() bool) {
	return func(t testing.TB, s brokertest.Settings) func() bool {
		js := operator(t, s.URL)
		for _, stream := range streams(s.Name)[:16] {
			changed := mustStream(t, js, stream).CachedInfo().Config
			to(&changed)
			if _, err := js.UpdateStream(t.Context(), changed); err != nil {
				t.Fatal(err)
			}
		}
		return func() bool {
			for _, stream := range streams(s.Name)[:16] {
				now := mustStream(t, js, stream).CachedInfo().Config
				if now.Discard != jetstream.DiscardNew || now.MaxMsgs != -1 || now.MaxMsgSize != -1 || now.MaxAge != 0 ||
					now.Retention != jetstream.LimitsPolicy || now.NoAck {
					return false
				}
			}
			return true
		}
	}
}

// TestStreamSpoiled shows that a bus whose stream cannot be mended says so, and takes
// nothing.
func TestStreamSpoiled(t *testing.T) {
	c := config(t, testserver.NATS(t))
	js, b := operator(t, c.URL), open(t, c)
	spoiled := mustStream(t, js, c.Stream+"_03").CachedInfo().Config
	spoiled.Description = "another's"
	if _, err := js.UpdateStream(t.Context(), spoiled); err != nil {
		t.Fatal(err)
	}
	brokertest.Eventually(t, "Ping tells", func() bool {
		err := b.Ping(t.Context())
		return kit.CodeOf(err) == kit.Unavailable && strings.Contains(err.Error(), "another's")
	})
	for _, err := range brokertest.Publish(t, b, brokertest.Series(40, 0, 1)...) {
		if kit.CodeOf(err) != kit.Unavailable || !strings.Contains(err.Error(), "another's") {
			t.Fatalf("a message was answered with %v", err)
		}
	}
	if _, _, err := natsbus.Look(t.Context(), "test", nil, c); kit.CodeOf(err) != kit.Invalid || c.KeyOf(err) != "stream" {
		t.Errorf("Look: %v", err)
	}
}

// losses are what somebody may remove.
var losses = map[string]func(t testing.TB, s brokertest.Settings){
	"one":        lose(func(name string) []string { return streams(name)[7:8] }),
	"all":        lose(streams),
	"the groups": lose(func(name string) []string { return []string{name + "_groups"} }),
	"the events": lose(func(name string) []string { return streams(name)[:16] }),
}

func lose(all func(name string) []string) func(t testing.TB, s brokertest.Settings) {
	return func(t testing.TB, s brokertest.Settings) {
		for _, stream := range all(s.Name) {
			if err := operator(t, s.URL).DeleteStream(t.Context(), stream); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
				t.Fatal(err)
			}
		}
	}
}

// TestStoreLost shows that streams are made again by a server that returns with an empty store.
func TestStoreLost(t *testing.T) {
	s := testserver.StartNATSWith(t, "jetstream {store_dir: /dev/shm/nats}\n", nil) // it is empty after each start
	c := natsbus.Config{URL: s.URL(), Lease: time.Second, PublishTimeout: 2 * time.Second}
	b, j := open(t, c), brokertest.NewJournal()
	brokertest.Subscribe(t, b, "g", j.Handler("member", 0, 0))
	made := time.Time{}
	for published := 0; published < 15; published += 5 {
		brokertest.PublishAsOutbox(t, b, brokertest.Series(40, published, 5)...)
		j.Check(t, 40*(published+5))
		s.Kill()
		s.Start()
		js := operator(t, c.URL)
		brokertest.Eventually(t, "the streams are made again", func() bool {
			stream, err := js.Stream(t.Context(), "test_07")
			if err != nil || stream.CachedInfo().Created.Equal(made) {
				return false
			}
			made = stream.CachedInfo().Created
			return true
		})
		brokertest.Eventually(t, "the bus answers", func() bool { return b.Ping(t.Context()) == nil })
	}
}

// TestHandledIsRemoved shows that what every group has handled is removed from the
// streams, and nothing that one has not.
func TestHandledIsRemoved(t *testing.T) {
	c := config(t, testserver.NATS(t))
	js, b := operator(t, c.URL), open(t, c)
	stored := func() (n uint64) {
		for _, name := range streams(c.Stream)[:16] {
			n += mustStream(t, js, name).CachedInfo().State.Msgs
		}
		return n
	}
	first, second := brokertest.NewJournal(), brokertest.NewJournal()
	if err := brokertest.Subscribe(t, b, "second", nil)(t.Context()); err != nil { // it is away
		t.Fatal(err)
	}
	var fails atomic.Bool
	fails.Store(true)
	brokertest.Subscribe(t, b, "first", func(ctx context.Context, m kit.Message) error {
		if fails.Load() && m.Key == "key7" {
			return errors.New("on purpose")
		}
		return first.Handler("first", 0, 0)(ctx, m)
	})
	brokertest.MustPublish(t, b, brokertest.Series(40, 0, 50)...)
	first.Check(t, 39*50)
	brokertest.Subscribe(t, b, "second", second.Handler("second", 0, 0))
	second.Check(t, 2000)
	brokertest.Eventually(t, "much is removed", func() bool { return stored() < 500 })
	fails.Store(false)
	first.Check(t, 2000)
	brokertest.Eventually(t, "all is removed", func() bool { return stored() == 0 })
	brokertest.MustPublish(t, b, brokertest.Series(40, 50, 1)...)
	first.Check(t, 2040)
	second.Check(t, 2040)
}

// TestTopicGivenUp shows that a topic that no version handles any more keeps its own
// messages, and no others: neither those of topics that no group receives.
func TestTopicGivenUp(t *testing.T) {
	c := config(t, testserver.NATS(t))
	js, b := operator(t, c.URL), open(t, c)
	j := brokertest.NewJournal()
	start := func(b kit.Bus, topics ...string) (stop func(context.Context) error) {
		stop, err := b.Subscribe(t.Context(), kit.Subscription{Group: "g", Topics: topics}, func(ctx context.Context, m kit.Message) error {
			m.Key = m.Topic + m.Key
			return j.Handler("member", 0, 0)(ctx, m)
		})
		if err != nil {
			t.Fatal(err)
		}
		return stop
	}
	if err := start(b, "a", "b")(t.Context()); err != nil {
		t.Fatal(err)
	}
	start(b, "a")
	one := brokertest.Message("k", 0) // its partition has all the others
	one.Topic = "b"
	brokertest.MustPublish(t, b, one)
	const many = 3000
	for n := range many {
		m := brokertest.Message("k", n)
		m.Topic = "a"
		other := brokertest.Message("k", n)
		other.Topic = "no-group"
		brokertest.MustPublish(t, b, m, other)
	}
	j.Check(t, many)
	brokertest.Eventually(t, "no more than a thousand of a topic are kept", func() bool {
		return mustStream(t, js, c.Stream+"_10").CachedInfo().State.Msgs <= 2*1000+1
	})
	start(open(t, c), "b")
	j.Check(t, many+1)
}

// TestNothingHandledIsKept shows that nothing is removed of a topic of which no version has
// handled anything yet, however many there are.
func TestNothingHandledIsKept(t *testing.T) {
	c := config(t, testserver.NATS(t))
	js, b, j := operator(t, c.URL), open(t, c), brokertest.NewJournal()
	start := func(b kit.Bus, topics ...string) (stop func(context.Context) error) {
		stop, err := b.Subscribe(t.Context(), kit.Subscription{Group: "g", Topics: topics}, j.Handler("member", 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		return stop
	}
	if err := start(b, "a", brokertest.Topic)(t.Context()); err != nil {
		t.Fatal(err)
	}
	start(b, "a")
	const many = 1500
	brokertest.MustPublish(t, b, brokertest.Series(1, 0, many)...)
	for range 5 { // it tends the streams soon when one was changed
		s := mustStream(t, js, c.Stream+"_07").CachedInfo().Config
		s.MaxMsgs = 1_000_000
		if _, err := js.UpdateStream(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		brokertest.Eventually(t, "the stream is changed back", func() bool {
			return mustStream(t, js, c.Stream+"_07").CachedInfo().Config.MaxMsgs == -1
		})
	}
	start(open(t, c), brokertest.Topic)
	j.Check(t, many)
}

// TestTwoProjects shows that projects on one server have streams of their own, and
// that one refuses those of another.
func TestTwoProjects(t *testing.T) {
	url := testserver.StartNATS(t).URL()
	names := []string{"shop", "blog"}
	buses, journals := map[string]kit.Bus{}, map[string]*brokertest.Journal{}
	for _, name := range names {
		b, err := natsbus.New(t.Context(), name, natsbus.Config{URL: url, Lease: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		buses[name], journals[name] = b, brokertest.NewJournal()
		brokertest.Subscribe(t, b, "g", journals[name].Handler(name, 0, 0))
	}
	for _, name := range names {
		brokertest.MustPublish(t, buses[name], brokertest.Series(20, 0, 5)...)
	}
	for _, name := range names {
		journals[name].Check(t, 100)
	}
	c := natsbus.Config{URL: url, Stream: "shop"}
	_, err := natsbus.New(t.Context(), "blog", c)
	_, _, looked := natsbus.Look(t.Context(), "blog", nil, c)
	for _, err := range []error{err, looked} {
		if kit.CodeOf(err) != kit.Invalid || !strings.Contains(err.Error(), "events of shop") || c.KeyOf(err) != "stream" {
			t.Errorf("the streams of another project: %v", err)
		}
	}
}

// TestDiskIsFull shows what becomes of a bus whose broker has no room on its disk, until
// somebody makes some and starts it again.
func TestDiskIsFull(t *testing.T) {
	s, disk := testserver.StartNATSOnDisk(t)
	b := open(t, natsbus.Config{URL: s.URL(), PublishTimeout: 2 * time.Second})
	brokertest.Refusals(t, b, brokertest.Refusal{Name: "its disk is full", Says: "did not take the message", Begin: disk.Fill, End: func() {
		disk.Free()
		s.Stop()
		s.Start()
	}})
}

// TestServerRefuses has what else a server may refuse happen to a bus: it reads its
// configuration again when it is told to.
func TestServerRefuses(t *testing.T) {
	s := testserver.StartNATSWith(t, "jetstream {store_dir: /tmp/nats}\n"+
		`authorization {users: [{user: shop, password: right, permissions: {publish: ">", subscribe: ">"}}]}`+"\n", nil)
	change := func(expression string) func() {
		return func() { s.Exec("sh", "-c", "sed -i '"+expression+"' /etc/nats.conf && kill -HUP 1") }
	}
	b := open(t, natsbus.Config{URL: s.URL(), User: "shop", Password: kit.NewSecret("right"), PublishTimeout: 2 * time.Second})
	brokertest.Refusals(t, b,
		brokertest.Refusal{
			Name: "another password", Says: "refuses the user",
			Begin: change("s/password: right/password: other/"), End: change("s/password: other/password: right/"),
		},
		brokertest.Refusal{
			Name: "no permission", Says: "ermissions violation",
			Begin: change(`s/publish: ">"/publish: "none"/`), End: change(`s/publish: "none"/publish: ">"/`),
		},
	)
}
