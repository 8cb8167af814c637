package rabbitmqbus_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/rabbitmqbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// queues are those of a group.
func queues(exchange, group string) (all []string) {
	for p := range 16 {
		all = append(all, fmt.Sprintf("%s.%s.%02d", exchange, group, p))
	}
	return all
}

// TestTopologyLost shows that what is deleted is made again within seconds, and that what
// is published from then on is handled.
func TestTopologyLost(t *testing.T) {
	url := testserver.RabbitMQ(t)
	all := func(act func(ch *amqp.Channel, queue string) error, of func(exchange string) []string) func(*amqp.Channel, string) error {
		return func(ch *amqp.Channel, exchange string) (err error) {
			for _, name := range of(exchange) {
				err = errors.Join(err, act(ch, name))
			}
			return err
		}
	}
	deleteQueue := func(ch *amqp.Channel, queue string) error {
		_, err := ch.QueueDelete(queue, false, false, false)
		return err
	}
	deleteExchange := func(ch *amqp.Channel, name string) error { return ch.ExchangeDelete(name, false, false) }
	purge := func(ch *amqp.Channel, queue string) error {
		_, err := ch.QueuePurge(queue, false)
		return err
	}
	ofGroup := func(exchange string) []string { return queues(exchange, "g") }
	for name, lose := range map[string]func(ch *amqp.Channel, exchange string) error{
		"a queue":    all(deleteQueue, func(exchange string) []string { return ofGroup(exchange)[7:8] }),
		"all queues": all(deleteQueue, ofGroup),
		"purged":     all(purge, ofGroup),
		"the group":  all(deleteExchange, func(exchange string) []string { return []string{exchange + ".g"} }),
		"the service": all(deleteExchange, func(exchange string) []string {
			return []string{exchange, exchange + ".service"}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config(url)
			b, j := open(t, c), brokertest.NewJournal()
			brokertest.Subscribe(t, b, "g", j.Handler("member", 0, 0))
			brokertest.MustPublish(t, b, brokertest.Series(40, 0, 5)...)
			j.Check(t, 200)
			if err := lose(channelTo(t, url), c.Exchange); err != nil {
				t.Fatal(err)
			}
			for published := 5; published < 15; published += 5 {
				for _, m := range brokertest.Series(40, published, 5) { // as the outbox does
					brokertest.Eventually(t, "a message is taken", func() bool { return brokertest.Publish(t, b, m)[0] == nil })
				}
			}
			j.Check(t, 600)
			brokertest.Eventually(t, "the bus answers", func() bool { return b.Ping(t.Context()) == nil })
		})
	}
}

// TestQueueSpoiled shows that a bus that cannot make a queue again says why.
func TestQueueSpoiled(t *testing.T) {
	c := config(testserver.RabbitMQ(t))
	b, ch := open(t, c), channelTo(t, c.URL)
	stop := brokertest.Subscribe(t, b, "g", brokertest.NewJournal().Handler("member", 0, 0))
	queue := queues(c.Exchange, "g")[3]
	brokertest.Eventually(t, "another's queue is in its place", func() bool {
		if _, err := ch.QueueDelete(queue, false, false, false); err != nil {
			t.Fatal(err)
		}
		_, err := ch.QueueDeclare(queue, true, false, false, false, nil)
		if err != nil {
			ch = channelTo(t, c.URL)
		}
		return err == nil
	})
	brokertest.Eventually(t, "Ping tells", func() bool {
		err := b.Ping(t.Context())
		return kit.CodeOf(err) == kit.Unavailable && strings.Contains(err.Error(), queue)
	})
	if err := stop(t.Context()); err != nil {
		t.Error(err)
	}
	if err := b.Ping(t.Context()); err != nil {
		t.Errorf("Ping, when the group has ended: %v", err)
	}
}

// TestServerRefuses has everything that a server may refuse happen to a bus.
func TestServerRefuses(t *testing.T) {
	s := testserver.StartRabbitMQ(t)
	ctl := func(args ...string) { s.Exec(append([]string{"rabbitmqctl"}, args...)...) }
	ctl("add_user", "shop", "right")
	permit := func(regexp string) func() {
		return func() { ctl("set_permissions", "shop", regexp, regexp, regexp) }
	}
	permit(".*")()
	disconnect := func() { ctl("close_all_connections", "on purpose") }
	b := open(t, rabbitmqbus.Config{URL: s.URL(), User: "shop", Password: kit.NewSecret("right"), Lease: 2 * time.Second, PublishTimeout: 2 * time.Second})
	brokertest.Refusals(t, b,
		brokertest.Refusal{
			Name: "out of memory", Says: "out of memory",
			Begin: func() { ctl("set_vm_memory_high_watermark", "0.0000001") }, End: func() { ctl("set_vm_memory_high_watermark", "0.6") },
		},
		brokertest.Refusal{
			Name: "out of disk", Says: "disk space",
			Begin: func() { ctl("set_disk_free_limit", "1000000GB") }, End: func() { ctl("set_disk_free_limit", "1MB") },
		},
		brokertest.Refusal{Name: "no permission", Says: "permissions", Begin: func() { permit("^none$")(); disconnect() }, End: permit(".*")},
		brokertest.Refusal{
			Name: "another password", Says: "refuses the user or the password",
			Begin: func() { ctl("change_password", "shop", "other"); disconnect() }, End: func() { ctl("change_password", "shop", "right") },
		},
		brokertest.Refusal{Name: "disconnected", Begin: disconnect, End: disconnect},
	)
}

// TestLimitIsLearned shows that a message that is larger than the server allows fails with
// the reason, and is invalid from then on.
func TestLimitIsLearned(t *testing.T) {
	s := testserver.StartRabbitMQWith(t, "max_message_size = 2000\n", nil)
	b := open(t, rabbitmqbus.Config{URL: s.URL()})
	m := brokertest.Message("k", 0)
	m.Payload = make([]byte, 3000)
	if err := brokertest.Publish(t, b, m)[0]; kit.CodeOf(err) != kit.Unavailable || !strings.Contains(err.Error(), "up to 2000 bytes") {
		t.Errorf("the first: %v", err)
	}
	if err := brokertest.Publish(t, b, m)[0]; kit.CodeOf(err) != kit.Invalid {
		t.Errorf("the second: %v", err)
	}
	if largest := b.Capability().Largest; largest != 2000 {
		t.Errorf("the largest is %d", largest)
	}
	brokertest.Eventually(t, "another is taken", func() bool { return brokertest.Publish(t, b, brokertest.Message("k", 0))[0] == nil })
}

// TestPingHasADeadline shows that Ping ends in time while a message cannot be written.
func TestPingHasADeadline(t *testing.T) {
	c := config(testserver.RabbitMQ(t))
	c.PublishTimeout = 10 * time.Second
	way := brokertest.NewProxy(t, c.URL)
	c.URL = way.URL
	b := open(t, c)
	way.Frozen.Store(true)
	var publishing sync.WaitGroup
	defer publishing.Wait()
	defer way.Cut()
	for i := range 10 {
		m := brokertest.Message(fmt.Sprint(i), 0)
		m.Payload = make([]byte, 5<<20) // more than connections hold
		publishing.Go(func() { brokertest.Publish(t, b, m) })
	}
	time.Sleep(500 * time.Millisecond) // until they wait
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	asked := time.Now()
	if err := b.Ping(ctx); kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("Ping: %v", err)
	}
	if took := time.Since(asked); took > c.PublishTimeout/2 {
		t.Errorf("Ping took %v", took)
	}
}

// TestStubbornHandler shows that a handler that goes on when its connection is lost holds
// nothing up but its partition, and that nobody in its process handles the message beside
// it.
func TestStubbornHandler(t *testing.T) {
	c := config(testserver.RabbitMQ(t))
	way := brokertest.NewProxy(t, c.URL)
	publisher := open(t, c)
	c.URL = way.URL
	j, began, end := brokertest.NewJournal(), make(chan struct{}), make(chan struct{})
	handle := j.Handler("member", 0, 0)
	release := sync.OnceFunc(func() { close(end) })
	defer release()
	var once sync.Once
	var beside atomic.Int64
	brokertest.Subscribe(t, open(t, c), "g", func(ctx context.Context, m kit.Message) error {
		if m.Key != "key7" {
			return handle(ctx, m)
		}
		if beside.Add(1) > 1 {
			t.Error("a message is handled twice at a time")
		}
		once.Do(func() {
			close(began)
			<-end
		})
		beside.Add(-1)
		return handle(ctx, m)
	})
	brokertest.MustPublish(t, publisher, brokertest.Message("key7", 0))
	<-began
	way.Cut()
	other := slices.DeleteFunc(brokertest.Series(40, 0, 5), func(m kit.Message) bool {
		return brokerbus.PartitionOf(m.Key) == brokerbus.PartitionOf("key7")
	})
	brokertest.MustPublish(t, publisher, other...)
	j.Check(t, len(other))
	release()
	j.Check(t, len(other)+1)
}
