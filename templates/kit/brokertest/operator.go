package brokertest

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// lost shows that what somebody removed from the server is made again within seconds, and
// that what is published from then on is handled, also by other processes.
func lost(t *testing.T, b Broker) {
	for name, lose := range b.Lose {
		t.Run(name, func(t *testing.T) {
			c := b.settings(t)
			c.PublishTimeout = 5 * time.Second // a message may be on its way to what is gone
			bus, j := b.Open(t, c), NewJournal()
			Subscribe(t, bus, "g", j.Handler("member", 0, 0))
			PublishAsOutbox(t, bus, Series(40, 0, 5)...)
			j.Check(t, 200)
			lose(t, c)
			PublishAsOutbox(t, bus, Series(40, 5, 10)...)
			j.Check(t, 600)
			Eventually(t, "the bus answers", func() bool { return bus.Ping(t.Context()) == nil })
			PublishAsOutbox(t, b.Open(t, c), Series(40, 15, 1)...)
			j.Check(t, 640)
		})
	}
}

// PublishAsOutbox publishes messages one after another, each until it is taken.
func PublishAsOutbox(t testing.TB, bus kit.Bus, msgs ...kit.Message) {
	t.Helper()
	for _, m := range msgs {
		Eventually(t, "a message is taken", func() bool { return Publish(t, bus, m)[0] == nil })
	}
}

// changed shows that what somebody changed on the server so that it may lose messages is
// soon as it was, and keeps those of a group that is away from then on.
func changed(t *testing.T, b Broker) {
	if len(b.Change) == 0 {
		return
	}
	c := b.settings(t)
	bus, j := b.Open(t, c), NewJournal()
	if err := Subscribe(t, bus, "g", nil)(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, change := range b.Change {
		t.Run(name, func(t *testing.T) { Eventually(t, "it is as it was", change(t, c)) })
	}
	MustPublish(t, bus, Series(40, 0, 50)...)
	Subscribe(t, bus, "g", j.Handler("member", 0, 0))
	j.Check(t, 2000)
}

// stubbornHandler shows that a handler that ignores its context goes on when the
// connections of its process are cut, and holds up nothing but its partition; and that
// nobody begins its message beside it: in its process, and elsewhere if the bus waits.
func stubbornHandler(t *testing.T, b Broker) {
	c := b.settings(t)
	c.Lease = 10 * time.Second // the machine may be busy
	way := NewProxy(t, c.URL)
	viaProxy := c
	viaProxy.URL = way.URL
	first, second, j := b.Open(t, viaProxy), b.Open(t, c), NewJournal()
	began, end := make(chan struct{}), make(chan struct{})
	begin, release := sync.OnceFunc(func() { close(began) }), sync.OnceFunc(func() { close(end) })
	defer release()
	var beside atomic.Int64
	handler := func(member string) kit.Handler {
		handle := j.Handler(member, 0, 0)
		return func(ctx context.Context, m kit.Message) error {
			if m.Key != "key7" {
				return handle(ctx, m)
			}
			if beside.Add(1) > 1 {
				t.Error("a message is handled twice at a time")
			}
			begin()
			<-end
			beside.Add(-1)
			return handle(ctx, m)
		}
	}
	Subscribe(t, first, "g", handler("first"))
	MustPublish(t, second, Message("key7", 0))
	<-began
	if b.Waits {
		Subscribe(t, second, "g", handler("second"))
	}
	way.Cut()
	others := slices.DeleteFunc(Series(40, 0, 5), func(m kit.Message) bool {
		return brokerbus.PartitionOf(m.Key) == brokerbus.PartitionOf("key7")
	})
	MustPublish(t, second, others...)
	j.Check(t, len(others))
	release()
	j.Check(t, len(others)+1)
}

// stopAtOnce shows that subscriptions that end while they begin do not disturb others.
func stopAtOnce(t *testing.T, b Broker) {
	bus, j := b.Open(t, b.settings(t)), NewJournal()
	Subscribe(t, bus, "g", j.Handler("member", 0, 0))
	const rounds = 20
	for n := range rounds {
		stop := Subscribe(t, bus, "h", nil)
		time.Sleep(rand.N(30 * time.Millisecond)) // any moment will do
		if err := stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		MustPublish(t, bus, Series(5, n, 1)...)
	}
	j.Check(t, 5*rounds)
}
