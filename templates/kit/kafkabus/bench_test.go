package kafkabus_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// BenchmarkPublish publishes to a group that is away, in batches, until each is
// confirmed: over the bus with a key for each message, over the bus with one key for all,
// and with franz-go alone.
func BenchmarkPublish(b *testing.B) {
	for name, keys := range map[string]int{"keys": 1_000_000, "key": 1} {
		b.Run(name, func(b *testing.B) {
			bus := open(b, config(b, testserver.StartKafkaInMemory(b).URL()))
			if err := brokertest.Subscribe(b, bus, "g", nil)(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			brokertest.PublishBatches(b, bus, b.N, keys)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
	b.Run("raw", func(b *testing.B) {
		at := testserver.StartKafkaInMemory(b).URL()
		topic := rawTopic(b, at)
		client := rawClient(b, at, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0), kgo.MaxBufferedRecords(2048))
		b.ResetTimer()
		publishRaw(b, client, topic, b.N)
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	})
}

// BenchmarkConsume handles what was published before, and commits how far it has come:
// over the bus, and with franz-go alone, as the only member of a group.
func BenchmarkConsume(b *testing.B) {
	b.Run("keys", func(b *testing.B) {
		bus := open(b, config(b, testserver.StartKafkaInMemory(b).URL()))
		brokertest.Consume(b, bus)
	})
	b.Run("raw", func(b *testing.B) {
		at := testserver.StartKafkaInMemory(b).URL()
		topic := rawTopic(b, at)
		publishRaw(b, rawClient(b, at, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0)), topic, b.N)
		client := rawClient(b, at, kgo.ConsumerGroup(topic), kgo.ConsumeTopics(topic), kgo.AutoCommitInterval(200*time.Millisecond), kgo.AutoCommitMarks(),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.BlockRebalanceOnPoll())
		b.ResetTimer()
		for handled := 0; handled < b.N; {
			records := client.PollFetches(b.Context()).Records()
			handled += len(records)
			client.MarkCommitRecords(records...)
			client.AllowRebalance()
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	})
}

// rawTopic makes a topic as the bus would have it.
func rawTopic(b *testing.B, at string) string {
	b.Helper()
	name := newTopic(b, at) + ".events"
	if _, err := operator(b, at).CreateTopic(b.Context(), brokerbus.Partitions, 1, nil, name); err != nil {
		b.Fatal(err)
	}
	return name
}

func rawClient(t testing.TB, at string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(at))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func publishRaw(b *testing.B, c *kgo.Client, topic string, n int) {
	b.Helper()
	for i := range n {
		m := brokertest.Message(strconv.Itoa(i), i)
		c.Produce(b.Context(), &kgo.Record{
			Topic: topic, Partition: int32(brokerbus.PartitionOf(m.Key)), Key: []byte(m.Key), Value: m.Payload,
			Headers: []kgo.RecordHeader{
				{Key: "id", Value: []byte(m.ID.String())}, {Key: "topic", Value: []byte(m.Topic)},
				{Key: "time", Value: m.Time.AppendFormat(nil, time.RFC3339Nano)},
			},
		}, func(_ *kgo.Record, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	if err := c.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
}
