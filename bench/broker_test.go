package bench

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/bench/paired"
	"github.com/outgrowkit/outgrow/bench/raw"
	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/activemqbus"
	"github.com/outgrowkit/outgrow/templates/kit/kafkabus"
	"github.com/outgrowkit/outgrow/templates/kit/natsbus"
	"github.com/outgrowkit/outgrow/templates/kit/rabbitmqbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// broker is a server, with the bus over it and with its client alone.
type broker struct {
	name   string
	client string
	// handled is about how many messages are handled in a second.
	handled float64
	// server starts a server, which flushes each message before it confirms it. Its files
	// are in memory: what the disk takes is the same for everybody, and more than all the
	// rest.
	server   func(t testing.TB) *testserver.Server
	settings func(url string) []string // that have a service use it
	bus      func(ctx context.Context, url, name string) (kit.Bus, error)
	raw      func(ctx context.Context, url, name string) (raw.Bus, error)
}

// connecting may take longer than by default, on a machine that does other things.
const connecting = 20 * time.Second

var nats = broker{
	name: "nats", client: "nats.go", handled: 60_000, server: testserver.StartNATSInMemory, raw: raw.OpenNATS,
	settings: func(url string) []string { return []string{"bus.nats.url=" + url} },
	bus: func(ctx context.Context, url, name string) (kit.Bus, error) {
		return natsbus.New(ctx, "bench", natsbus.Config{URL: url, Stream: name, ConnectTimeout: connecting, PublishTimeout: raw.Patience})
	},
}

var brokers = []broker{
	nats,
	{
		name: "rabbitmq", client: "amqp091-go", handled: 20_000, server: testserver.StartRabbitMQInMemory, raw: raw.OpenRabbitMQ,
		settings: func(url string) []string { return []string{"bus.rabbitmq.url=" + url} },
		bus: func(ctx context.Context, url, name string) (kit.Bus, error) {
			return rabbitmqbus.New(ctx, "bench", rabbitmqbus.Config{URL: url, Exchange: name, ConnectTimeout: connecting, PublishTimeout: raw.Patience})
		},
	},
	{
		name: "activemq", client: "go-amqp", handled: 5_000, server: testserver.StartActiveMQInMemory, raw: raw.OpenActiveMQ,
		settings: func(url string) []string {
			return []string{"bus.activemq.url=" + strings.Replace(url, "admin:admin@", "", 1), "bus.activemq.user=admin", "bus.activemq.password=admin"}
		},
		bus: func(ctx context.Context, url, name string) (kit.Bus, error) {
			return activemqbus.New(ctx, "bench", activemqbus.Config{URL: url, Topic: name, ConnectTimeout: connecting, PublishTimeout: raw.Patience})
		},
	},
	{
		name: "kafka", client: "franz-go", handled: 150_000, server: testserver.StartKafkaInMemory, raw: raw.OpenKafka,
		settings: func(url string) []string { return []string{"bus.kafka.brokers=" + url} },
		bus: func(ctx context.Context, url, name string) (kit.Bus, error) {
			return kafkabus.New(ctx, "bench", kafkabus.Config{Brokers: url, Topic: name, ConnectTimeout: connecting, PublishTimeout: raw.Patience})
		},
	},
}

// brokerRows compare each bus with its client alone, and one with Watermill's adapter.
func brokerRows() (rows []paired.Row) {
	for _, b := range brokers {
		rows = append(rows,
			b.row("publish", "publish, each of another key", b.client, 0.95, b.raw, published),
			b.row("publish-key", "publish, all of one key", b.client, 0.95, b.raw, publishedInOrder),
			b.row("consume", "consume, a key in order across processes", b.client, 0.95, b.raw, b.consumed),
		)
	}
	slow := nats
	slow.handled = 20_000
	return append(rows,
		nats.row("watermill-publish", "publish, each of another key", "Watermill's adapter", 1.5, raw.OpenWatermill, published),
		nats.row("watermill-consume", "consume, a key in order across processes", "Watermill's adapter", 1.5, raw.OpenWatermill, slow.consumed),
	)
}

// row compares the bus with another way on the same server.
func (b broker) row(name, title, with string, atLeast float64, open func(ctx context.Context, url, name string) (raw.Bus, error), round func(consumer) paired.Round) paired.Row {
	return paired.Row{
		Name: b.name + "-" + name, Title: title, A: b.name + " bus", B: with,
		Lines: []paired.Line{{Figure: messagesPerSecond, AtLeast: atLeast}, {Figure: cpuPerMessage}},
		Open: func(t *testing.T) paired.Sides {
			url := b.server(t).URL()
			other, err := open(t.Context(), url, "raw")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = other.Close() }) // nothing is under way then
			bus := b.on(t, url)
			for _, c := range []consumer{bus, other} {
				checkCarries(t, c)
			}
			return paired.Sides{A: round(bus), B: round(other)}
		},
	}
}

// on is a bus that knows a group.
func (b broker) on(t *testing.T, url string) kit.Bus {
	t.Helper()
	bus, err := b.bus(t.Context(), url, "bus")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Close() }) // nothing is under way then
	stop, err := bus.Subscribe(t.Context(), mail, read(new(atomic.Int64)))
	if err == nil {
		err = stop(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return bus
}

// mail is what the group that is measured subscribes to.
var mail = kit.Subscription{Group: "mail", Topics: []string{topic}}

// consumer is what messages are published to, and consumed from.
type consumer interface {
	Publish(ctx context.Context, taken func(int, error), msgs ...kit.Message)
	Subscribe(ctx context.Context, s kit.Subscription, h kit.Handler) (stop func(context.Context) error, err error)
}

// checkCarries has messages of a key carried, of which the first fails once: what is
// compared must do the same.
func checkCarries(t *testing.T, c consumer) {
	t.Helper()
	msgs := letters(10)
	for i := range msgs {
		msgs[i].Key = "one"
	}
	publishAll(t, func(_ context.Context, taken func(int, error), _ ...kit.Message) {
		c.Publish(t.Context(), taken, msgs...)
	}, len(msgs))
	come := make(chan kit.Message, 2*len(msgs))
	var failed atomic.Bool
	stop, err := c.Subscribe(t.Context(), mail, func(_ context.Context, m kit.Message) error {
		if !failed.Swap(true) {
			return errors.New("once more")
		}
		come <- m
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range msgs {
		got := <-come
		if got.ID != want.ID || got.Topic != want.Topic || got.Key != want.Key || !got.Time.Equal(want.Time) || !bytes.Equal(got.Payload, want.Payload) {
			t.Fatalf("%T: message %d is %s of %v, want %s of %v", c, i, got.ID, got.Time, want.ID, want.Time)
		}
	}
	if err := stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// published is a round of publishing messages, each of another key.
func published(to consumer) paired.Round { return carried(anew(to.Publish)) }

// publishedInOrder is published with one key.
func publishedInOrder(to consumer) paired.Round {
	return carried(anew(func(ctx context.Context, taken func(int, error), msgs ...kit.Message) {
		for i := range msgs {
			msgs[i].Key = "one"
		}
		to.Publish(ctx, taken, msgs...)
	}))
}

// anew has a carrier take each message under a new identifier, or a server would take it
// for one that it has, and with a new key, or it would wait for the one before.
func anew(publish carrier) carrier {
	n := 0
	return func(ctx context.Context, taken func(int, error), msgs ...kit.Message) {
		for i := range msgs {
			n++
			msgs[i].ID, msgs[i].Key = kit.NewUUID(), "0198c0f2-7d6e-7a3b-8c4d-"+strconv.Itoa(n)
		}
		publish(ctx, taken, msgs...)
	}
}

// consumed is a round that handles what was published before. It counts from the first
// message on: how long it takes to begin depends on members that there may be.
func (b broker) consumed(on consumer) paired.Round {
	publish := anew(on.Publish)
	return func(t *testing.T, d time.Duration) paired.Figures {
		n := int(d.Seconds() * b.handled)
		publishAll(t, publish, n)
		var handled atomic.Int64
		var first sync.Once
		var began time.Time
		var spent time.Duration
		all := make(chan struct{})
		stop, err := on.Subscribe(t.Context(), mail, func(context.Context, kit.Message) error {
			first.Do(func() { began, spent = time.Now(), ownCPU() })
			if handled.Add(1) == int64(n) { // one may come twice: then the time is that of a few less
				close(all)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-all:
		case <-time.After(10*d + time.Minute):
			t.Fatalf("%T: %d of %d messages were handled", on, handled.Load(), n)
		}
		figures := perMessage(n, time.Since(began), ownCPU()-spent)
		if err := stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		return figures
	}
}

// publishAll publishes so many messages, and waits until they are taken.
func publishAll(t *testing.T, publish carrier, n int) {
	t.Helper()
	var left sync.WaitGroup
	var failed atomic.Pointer[error]
	for first := 0; first < n; first += 1000 {
		msgs := letters(min(1000, n-first))
		left.Add(len(msgs))
		publish(t.Context(), func(_ int, err error) {
			if err != nil {
				failed.Store(&err)
			}
			left.Done()
		}, msgs...)
	}
	left.Wait()
	if err := failed.Load(); err != nil {
		t.Fatal(*err)
	}
}
