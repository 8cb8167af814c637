package rabbitmqbus_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/rabbitmqbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// rollout is two versions of a service, of which the new one handles another topic, b,
// and what they do with messages: each key of a topic is one of the journal's.
type rollout struct {
	a, b      *brokertest.Journal
	published int // of each topic
	pause     time.Duration
}

func newRollout() *rollout {
	return &rollout{a: brokertest.NewJournal(), b: brokertest.NewJournal()}
}

// start starts a version.
func (r *rollout) start(t *testing.T, bus kit.Bus, topics ...string) (stop func(context.Context) error) {
	t.Helper()
	a, b := r.a.Handler("a", r.pause, 0), r.b.Handler("b", r.pause, 0)
	stop, err := bus.Subscribe(t.Context(), kit.Subscription{Group: "g", Topics: topics}, func(ctx context.Context, m kit.Message) error {
		if m.Topic == "a" {
			return a(ctx, m)
		}
		return b(ctx, m)
	})
	if err != nil {
		t.Fatal(err)
	}
	return stop
}

const rolloutKeys = 40

// publish publishes messages of both topics, each of them for all keys.
func (r *rollout) publish(t *testing.T, bus kit.Bus, each int) {
	t.Helper()
	for n := range each {
		msgs := brokertest.Series(rolloutKeys, r.published+n, 1)
		for _, topic := range []string{"a", "b"} {
			for i := range msgs {
				msgs[i].Topic, msgs[i].ID = topic, kit.NewUUID()
			}
			brokertest.MustPublish(t, bus, msgs...)
		}
	}
	r.published += each
}

// TestKilledWhileQueuesAreMade shows that queues which a member has made, but not bound when
// it and the server were killed, are made anew: some of them would never have a leader.
func TestKilledWhileQueuesAreMade(t *testing.T) {
	s := testserver.StartRabbitMQ(t)
	for round := range 2 {
		c := rabbitmqbus.Config{URL: s.URL(), Exchange: fmt.Sprintf("killed%d", round), Lease: time.Second}
		ch := channelTo(t, s.URL())
		for _, queue := range queues(c.Exchange, "g") {
			for _, name := range []string{queue, queue + ".b"} {
				args := amqp.Table{
					"x-queue-type": "quorum", "x-single-active-consumer": true, "x-delivery-limit": int64(-1), "x-overflow": "reject-publish",
				}
				if _, err := ch.QueueDeclare(name, true, false, false, false, args); err != nil {
					t.Fatal(err)
				}
			}
		}
		s.Kill()
		s.Start()
		publisher, r := open(t, c), newRollout()
		if err := r.start(t, open(t, c), "a", "b")(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.start(t, open(t, c), "a")
		r.publish(t, publisher, 5)
		r.a.Check(t, rolloutKeys*r.published)
		r.start(t, open(t, c), "a", "b")
		r.b.Check(t, rolloutKeys*r.published)
	}
}

// TestRollback shows that what an old version of a service does not handle waits for the
// new one, in the order of its keys, however much it is, is told, and holds nothing else up. The
// user may do nothing but with what is named for the service.
func TestRollback(t *testing.T) {
	s := testserver.StartRabbitMQ(t)
	s.Exec("rabbitmqctl", "add_user", "shop", "secret")
	s.Exec("rabbitmqctl", "set_permissions", "shop", "^shop", "^shop", "^shop")
	c := rabbitmqbus.Config{URL: s.URL(), Exchange: "shop", User: "shop", Password: kit.NewSecret("secret"), Lease: time.Second}
	publisher, r := open(t, c), newRollout()
	if err := r.start(t, open(t, c), "a", "b")(t.Context()); err != nil {
		t.Fatal(err)
	}
	old := open(t, c)
	r.start(t, old, "a")
	for range 2 {
		r.publish(t, publisher, 50)
		r.a.Check(t, rolloutKeys*r.published)
		brokertest.Eventually(t, "the old version tells how much waits for the new one", func() bool {
			waiting, _, err := old.(*brokerbus.Bus).Backlog(t.Context()) //nolint:forcetypeassert // it is one
			more := waiting["g"] - 50*rolloutKeys
			return err == nil && more >= 0 && more <= brokerbus.Partitions // there are markers
		})
		stop := r.start(t, open(t, c), "a", "b")
		r.publish(t, publisher, 10)
		r.b.Check(t, rolloutKeys*r.published)
		r.a.Check(t, rolloutKeys*r.published)
		if err := stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestCutWhileParking shows the same when the connections of the old version are cut
// while it parks messages, and those of the new one while it has them handled.
func TestCutWhileParking(t *testing.T) {
	c := config(testserver.RabbitMQ(t))
	c.Lease = time.Second
	publisher, r := open(t, c), newRollout()
	r.pause = 2 * time.Millisecond
	if err := r.start(t, publisher, "a", "b")(t.Context()); err != nil {
		t.Fatal(err)
	}
	way := brokertest.NewProxy(t, c.URL)
	c.URL = way.URL
	for range 4 {
		stopOld := r.start(t, open(t, c), "a")
		cut := cutter(way)
		r.publish(t, publisher, 20)
		r.a.Check(t, rolloutKeys*r.published)
		cut()
		if rand.N(2) == 0 {
			if err := stopOld(t.Context()); err != nil {
				t.Error(err)
			}
		}
		stopNew := r.start(t, open(t, c), "a", "b")
		cut = cutter(way)
		r.publish(t, publisher, 10)
		r.b.Check(t, rolloutKeys*r.published)
		r.a.Check(t, rolloutKeys*r.published)
		cut()
		for _, stop := range []func(context.Context) error{stopOld, stopNew} {
			if err := stop(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
}

// cutter cuts all connections now and then, until it is stopped.
func cutter(way *brokertest.Proxy) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Second/2 + rand.N(2*time.Second)):
				way.Cut()
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// TestVersionsTakeTurns shows the same for two versions each of which handles a topic
// that the other does not.
func TestVersionsTakeTurns(t *testing.T) {
	c := config(testserver.RabbitMQ(t))
	c.Lease = time.Second
	publisher, j := open(t, c), brokertest.NewJournal()
	topics := []string{"a", "b", "c"}
	handler := func(name string) kit.Handler {
		handle := j.Handler(name, 2*time.Millisecond, 50)
		return func(ctx context.Context, m kit.Message) error {
			m.Key = m.Topic + m.Key
			return handle(ctx, m)
		}
	}
	for i := range 2 {
		name := fmt.Sprint("version", i)
		if _, err := open(t, c).Subscribe(t.Context(), kit.Subscription{Group: "g", Topics: []string{"a", topics[i+1]}}, handler(name)); err != nil {
			t.Fatal(err)
		}
	}
	const each, rounds = 5, 8
	for round := range rounds {
		for _, topic := range topics {
			msgs := brokertest.Series(rolloutKeys, round*each, each)
			for i := range msgs {
				msgs[i].Topic = topic
			}
			brokertest.MustPublish(t, publisher, msgs...)
		}
		j.Check(t, (round+1)*each*rolloutKeys*len(topics))
	}
}
