package natsbus_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// BenchmarkPublish publishes to a group that is away, in batches, until each is
// confirmed: over the bus with a key for each message, over the bus with one key
// for all, and with nats.go alone.
func BenchmarkPublish(b *testing.B) {
	for name, keys := range map[string]int{"keys": 1_000_000, "key": 1} {
		b.Run(name, func(b *testing.B) {
			bus := open(b, config(b, testserver.StartNATSInMemory(b).URL()))
			if err := brokertest.Subscribe(b, bus, "g", nil)(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			brokertest.PublishBatches(b, bus, b.N, keys)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
	b.Run("raw", func(b *testing.B) {
		js, stream := rawStream(b)
		b.ResetTimer()
		publishRaw(b, js, stream, b.N)
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	})
}

// BenchmarkConsume handles what was published before, with an acknowledgement for
// each: over the bus, and with nats.go alone, from one consumer.
func BenchmarkConsume(b *testing.B) {
	b.Run("keys", func(b *testing.B) {
		bus := open(b, config(b, testserver.StartNATSInMemory(b).URL()))
		brokertest.Consume(b, bus)
	})
	b.Run("raw", func(b *testing.B) {
		js, stream := rawStream(b)
		publishRaw(b, js, stream, b.N)
		c, err := js.Consumer(b.Context(), stream, "c")
		if err != nil {
			b.Fatal(err)
		}
		var left sync.WaitGroup
		left.Add(b.N)
		b.ResetTimer()
		consuming, err := c.Consume(func(m jetstream.Msg) {
			if m.Ack() == nil {
				left.Done()
			}
		})
		if err != nil {
			b.Fatal(err)
		}
		left.Wait()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		consuming.Stop()
	})
}

// rawStream is a stream and a consumer as the bus would have them, without partitions.
func rawStream(b *testing.B) (jetstream.JetStream, string) {
	b.Helper()
	url := testserver.StartNATSInMemory(b).URL()
	stream := newStream(b, url)
	conn, err := client.Connect(url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(conn.Close)
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(2048))
	if err != nil {
		b.Fatal(err)
	}
	_, err = js.CreateStream(b.Context(), jetstream.StreamConfig{
		Name: stream, Subjects: []string{stream + ".>"}, Retention: jetstream.InterestPolicy, Duplicates: 2 * time.Minute,
	})
	if err != nil {
		b.Fatal(err)
	}
	_, err = js.CreateConsumer(b.Context(), stream, jetstream.ConsumerConfig{Durable: "c", AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 4096})
	if err != nil {
		b.Fatal(err)
	}
	return js, stream
}

func publishRaw(b *testing.B, js jetstream.JetStream, stream string, n int) {
	b.Helper()
	for i := range n {
		m := brokertest.Message("k", i)
		msg := &client.Msg{Subject: stream + ".order.created", Data: m.Payload, Header: client.Header{
			jetstream.MsgIDHeader: {m.ID.String()}, "Key": {m.Key}, "Time": {fmt.Sprint(m.Time.UnixNano())},
		}}
		if _, err := js.PublishMsgAsync(msg, jetstream.WithStallWait(10*time.Second)); err != nil {
			b.Fatal(err)
		}
	}
	<-js.PublishAsyncComplete()
}
