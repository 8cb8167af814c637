package rabbitmqbus_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// benchWindow is how many messages are in flight.
const benchWindow = 2048

// BenchmarkPublish publishes to a group that is away, in batches, until each is
// confirmed: over the bus with a key for each message, over the bus with one key for all,
// and with the client alone.
func BenchmarkPublish(b *testing.B) {
	for name, keys := range map[string]int{"keys": 1_000_000, "key": 1} {
		b.Run(name, func(b *testing.B) {
			bus := open(b, config(testserver.RabbitMQ(b)))
			if err := brokertest.Subscribe(b, bus, "g", nil)(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			brokertest.PublishBatches(b, bus, b.N, keys)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
	b.Run("raw", func(b *testing.B) {
		raw := newRaw(b)
		b.ResetTimer()
		raw.publish(b, b.N)
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	})
}

// BenchmarkConsume handles what was published before, with an acknowledgement for each:
// over the bus, and with the client alone, of as many queues.
func BenchmarkConsume(b *testing.B) {
	for name, keys := range map[string]int{"keys": 1_000_000, "key": 1} {
		b.Run(name, func(b *testing.B) {
			c := config(testserver.RabbitMQ(b))
			bus := open(b, c)
			if err := brokertest.Subscribe(b, bus, "g", nil)(b.Context()); err != nil {
				b.Fatal(err)
			}
			brokertest.PublishBatches(b, bus, b.N, keys)
			var handled atomic.Int64 // a message may come twice
			var once sync.Once
			all := make(chan struct{})
			b.ResetTimer()
			brokertest.Subscribe(b, bus, "g", func(context.Context, kit.Message) error {
				once.Do(b.ResetTimer) // the rate is measured, not the start
				if handled.Add(1) == int64(b.N) {
					close(all)
				}
				return nil
			})
			<-all
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
	b.Run("raw", func(b *testing.B) {
		raw := newRaw(b)
		raw.publish(b, b.N)
		b.ResetTimer()
		raw.consume(b, b.N)
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	})
}

// raw is exchanges and queues as the bus has them, and the client alone.
type raw struct {
	exchange string
	conn     *amqp.Connection
}

func newRaw(b *testing.B) *raw {
	b.Helper()
	ch := channelTo(b, testserver.RabbitMQ(b))
	conn, err := amqp.Dial(testserver.RabbitMQ(b))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	r := &raw{exchange: "raw-" + kit.NewUUID().String(), conn: conn}
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	for _, name := range []string{r.exchange, r.exchange + ".g"} {
		must(ch.ExchangeDeclare(name, amqp.ExchangeTopic, true, false, false, false, nil))
	}
	must(ch.ExchangeBind(r.exchange+".g", "*.all."+brokertest.Topic, r.exchange, false, nil))
	for p, queue := range queues(r.exchange, "g") {
		_, err := ch.QueueDeclare(queue, true, false, false, false, amqp.Table{
			"x-queue-type": "quorum", "x-single-active-consumer": true, "x-delivery-limit": int64(-1), "x-overflow": "reject-publish",
		})
		must(err)
		must(ch.QueueBind(queue, fmt.Sprintf("%02d.#", p), r.exchange+".g", false, nil))
	}
	return r
}

func (r *raw) publish(b *testing.B, n int) {
	b.Helper()
	ch, err := r.conn.Channel()
	if err != nil {
		b.Fatal(err)
	}
	if err := ch.Confirm(false); err != nil {
		b.Fatal(err)
	}
	confirms := ch.NotifyPublish(make(chan amqp.Confirmation, benchWindow))
	ch.NotifyReturn(make(chan amqp.Return, 1))
	window := make(chan struct{}, benchWindow)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range n {
			if c := <-confirms; !c.Ack {
				b.Error("a message was not stored")
			}
			<-window
		}
	}()
	for i := range n {
		m := brokertest.Message(strconv.Itoa(i), i)
		window <- struct{}{}
		err := ch.Publish(r.exchange, fmt.Sprintf("%02d.all.%s", brokerbus.PartitionOf(m.Key), m.Topic), true, false, amqp.Publishing{
			MessageId: m.ID.String(), Type: m.Topic, Timestamp: m.Time, DeliveryMode: amqp.Persistent, Body: m.Payload,
			Headers: amqp.Table{"key": m.Key, "time": m.Time.UnixNano()},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	<-done
}

func (r *raw) consume(b *testing.B, n int) {
	b.Helper()
	var left sync.WaitGroup
	left.Add(n)
	var once sync.Once
	for _, queue := range queues(r.exchange, "g") {
		ch, err := r.conn.Channel()
		if err != nil {
			b.Fatal(err)
		}
		if err := ch.Qos(brokerbus.Prefetch, 0, false); err != nil {
			b.Fatal(err)
		}
		deliveries, err := ch.Consume(queue, "", false, false, false, false, nil)
		if err != nil {
			b.Fatal(err)
		}
		go func() {
			for d := range deliveries {
				once.Do(b.ResetTimer)
				if _, err := kit.ParseUUID(d.MessageId); err != nil {
					b.Error(err)
				}
				if d.Ack(false) == nil {
					left.Done()
				}
			}
		}()
	}
	left.Wait()
}
