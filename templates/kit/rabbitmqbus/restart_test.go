package rabbitmqbus_test

import (
	"context"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/rabbitmqbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestKilledWhileAGroupIsRecorded kills the server when the stream has just been made in which the
// first group is recorded, and when that group has just been made. The next start succeeds, and
// what is published is handled.
func TestKilledWhileAGroupIsRecorded(t *testing.T) {
	s := testserver.StartRabbitMQ(t)
	open := func(exchange string) kit.Bus {
		t.Helper()
		b, err := rabbitmqbus.New(t.Context(), "shop", rabbitmqbus.Config{URL: s.URL(), Exchange: exchange})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		return b
	}
	subscription := kit.Subscription{Group: "mail", Topics: []string{"things"}}
	for _, when := range []string{"recorded", "made", "recorded again"} {
		exchange := "shop " + when
		first, made := open(exchange), make(chan struct{})
		go func() {
			defer close(made) // it may have failed
			_, _ = first.Subscribe(context.WithoutCancel(t.Context()), subscription, func(context.Context, kit.Message) error { return nil })
		}()
		if when == "made" {
			<-made
		} else {
			awaitQueue(t, s.URL(), exchange+".groups")
		}
		s.Kill()
		_ = first.Close()
		s.Start()
		handled := make(chan string, 1)
		next := open(exchange)
		stop, err := next.Subscribe(t.Context(), subscription, func(_ context.Context, m kit.Message) error {
			handled <- m.Key
			return nil
		})
		if err != nil {
			t.Fatalf("killed when %s: %v", when, err)
		}
		brokertest.MustPublish(t, next, kit.Message{ID: kit.NewUUID(), Topic: "things", Key: "one"})
		select {
		case <-handled:
		case <-time.After(time.Minute):
			t.Errorf("killed when %s: what was published is not handled", when)
		}
		if err := stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// awaitQueue returns when the server has a queue.
func awaitQueue(t *testing.T, url, name string) {
	t.Helper()
	conn, err := amqp.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // its server is about to be killed
	brokertest.Eventually(t, "the server has the queue "+name, func() bool {
		ch, err := conn.Channel()
		if err != nil {
			return false
		}
		_, err = ch.QueueDeclarePassive(name, true, false, false, false, nil)
		return err == nil
	})
}

// TestWhatIsThereIsNotBoundAgain shows that a bus that has lost its connections goes on, and
// another one starts, without a request to bind a queue that is bound: while a server of a
// cluster is frozen, the others answer none. Here the user may not, which Ping tells.
func TestWhatIsThereIsNotBoundAgain(t *testing.T) {
	s := testserver.StartRabbitMQ(t)
	s.Exec("rabbitmqctl", "add_user", "shop", "secret")
	permit := func(write string) { s.Exec("rabbitmqctl", "set_permissions", "shop", "^shop", write, "^shop") }
	permit("^shop")
	c := rabbitmqbus.Config{URL: s.URL(), Exchange: "shop", User: "shop", Password: kit.NewSecret("secret"), Lease: 2 * time.Second}
	b, j := open(t, c), brokertest.NewJournal()
	brokertest.Subscribe(t, b, "g", j.Handler("member", 0, 0))
	permit("^shop$") // it may publish
	s.Exec("rabbitmqctl", "close_all_connections", "on purpose")
	brokertest.PublishAsOutbox(t, b, brokertest.Series(20, 0, 1)...)
	brokertest.MustPublish(t, open(t, c), brokertest.Series(20, 1, 1)...)
	j.Check(t, 40)
	brokertest.Eventually(t, "Ping tells", func() bool { return kit.CodeOf(b.Ping(t.Context())) == kit.Unavailable })
}
