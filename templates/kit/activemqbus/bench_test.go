package activemqbus_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit/activemqbus"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// rawWindow is how many messages go-amqp alone has in flight: as many as the bus.
const rawWindow = 2048

// BenchmarkPublish publishes to a group that is away, in batches, until each is
// confirmed: over the bus with a key for each message, over the bus with one key
// for all, and with go-amqp alone, over one connection and over as many as the bus has.
func BenchmarkPublish(b *testing.B) {
	for name, keys := range map[string]int{"keys": 1_000_000, "key": 1} {
		b.Run(name, func(b *testing.B) {
			bus := open(b, activemqbus.Config{URL: inMemory(b)})
			if err := brokertest.Subscribe(b, bus, "g", nil)(b.Context()); err != nil {
				b.Fatal(err)
			}
			brokertest.PublishBatches(b, bus, min(b.N, 200), keys)
			b.ResetTimer()
			brokertest.PublishBatches(b, bus, b.N, keys)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
	for _, conns := range []int{1, 4} {
		b.Run(fmt.Sprint("raw", conns), func(b *testing.B) {
			senders, _ := raw(b, inMemory(b), conns)
			publishRaw(b, senders, min(b.N, 200))
			b.ResetTimer()
			publishRaw(b, senders, b.N)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// BenchmarkConsume handles what was published before, settling each message: over the
// bus, and with go-amqp alone.
func BenchmarkConsume(b *testing.B) {
	b.Run("keys", func(b *testing.B) {
		bus := open(b, activemqbus.Config{URL: inMemory(b)})
		brokertest.Consume(b, bus)
	})
	for _, conns := range []int{1, 4} {
		b.Run(fmt.Sprint("raw", conns), func(b *testing.B) {
			url := inMemory(b)
			senders, queue := raw(b, url, conns)
			publishRaw(b, senders, b.N)
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ResetTimer()
			for range conns {
				r, err := session(b, url).NewReceiver(b.Context(), queue, &amqp.ReceiverOptions{Credit: rawWindow})
				if err != nil {
					b.Fatal(err)
				}
				go func() {
					for {
						m, err := r.Receive(ctx, nil)
						if err != nil || r.AcceptMessage(ctx, m) != nil {
							return
						}
						if left.Add(-1) == 0 {
							cancel()
						}
					}
				}()
			}
			<-ctx.Done()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// inMemory starts a server whose files are in memory: the disk is not to be measured.
func inMemory(b *testing.B) (url string) {
	return testserver.StartActiveMQWith(b, "/tmp/activemq/kahadb\"", "/dev/shm/kahadb\" journalMaxFileLength=\"8mb\"").URL()
}

// raw is a topic with a queue, without partitions, and senders over several connections.
func raw(b *testing.B, url string, conns int) (senders []*amqp.Sender, queue string) {
	b.Helper()
	queue = "queue://Consumer.g.VirtualTopic.raw"
	if _, err := session(b, url).NewReceiver(b.Context(), queue, &amqp.ReceiverOptions{Credit: -1}); err != nil {
		b.Fatal(err)
	}
	for range conns {
		unsettled := amqp.SenderSettleModeUnsettled
		s, err := session(b, url).NewSender(b.Context(), "topic://VirtualTopic.raw", &amqp.SenderOptions{SettlementMode: &unsettled})
		if err != nil {
			b.Fatal(err)
		}
		senders = append(senders, s)
	}
	return senders, queue
}

func publishRaw(b *testing.B, senders []*amqp.Sender, n int) {
	b.Helper()
	window := make(chan struct{}, rawWindow)
	var left sync.WaitGroup
	for i := range n {
		window <- struct{}{}
		left.Go(func() {
			m := brokertest.Message("k", i)
			message := amqp.NewMessage(m.Payload)
			message.Header = &amqp.MessageHeader{Durable: true}
			message.ApplicationProperties = map[string]any{
				"id": m.ID.String(), "topic": m.Topic, "key": m.Key, "time": m.Time.Format(time.RFC3339Nano),
			}
			if err := senders[i%len(senders)].Send(b.Context(), message, nil); err != nil {
				b.Error(err)
			}
			<-window
		})
	}
	left.Wait()
}
