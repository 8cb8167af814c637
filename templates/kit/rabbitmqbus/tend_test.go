package rabbitmqbus_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
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

// losses are what somebody may remove.
var losses = map[string]func(t testing.TB, s brokertest.Settings){
	"a queue":    removal(deleteQueue, func(exchange string) []string { return queues(exchange, "g")[7:8] }),
	"all queues": removal(deleteQueue, ofGroup),
	"purged":     removal(purge, ofGroup),
	"a binding":  removal(unbind, func(exchange string) []string { return queues(exchange, "g")[7:8] }),
	"the service": removal(deleteExchange, func(exchange string) []string {
		return []string{exchange, exchange + ".service"}
	}),
}

func ofGroup(exchange string) []string { return queues(exchange, "g") }

func removal(remove func(ch *amqp.Channel, name string) error, of func(exchange string) []string) func(testing.TB, brokertest.Settings) {
	return func(t testing.TB, s brokertest.Settings) {
		ch := channelTo(t, s.URL)
		for _, name := range of(s.Name) {
			if err := remove(ch, name); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func deleteQueue(ch *amqp.Channel, queue string) error {
	_, err := ch.QueueDelete(queue, false, false, false)
	return err
}

func deleteExchange(ch *amqp.Channel, name string) error {
	return ch.ExchangeDelete(name, false, false)
}

func unbind(ch *amqp.Channel, queue string) error {
	exchange, rest, _ := strings.Cut(queue, ".")
	return ch.QueueUnbind(queue, strings.TrimPrefix(rest, "g.")+".all."+brokertest.Topic, exchange, nil)
}

func purge(ch *amqp.Channel, queue string) error {
	_, err := ch.QueuePurge(queue, false)
	return err
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
