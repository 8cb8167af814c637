package raw

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// kafkaBus has a topic with partitions. The client stores messages of a partition in order
// by itself, also where one fails, and all replicas have them when it says so.
type kafkaBus struct {
	broker, topic string
	client        *kgo.Client // publishes
}

// OpenKafka makes the topic.
func OpenKafka(ctx context.Context, broker, name string) (Bus, error) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(broker), kgo.RequiredAcks(kgo.AllISRAcks()), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MaxBufferedRecords(window), kgo.ProducerLinger(0),
	)
	if err != nil {
		return nil, err
	}
	_, err = kadm.NewClient(client).CreateTopic(ctx, partitions, 1, nil, name)
	return &kafkaBus{broker, name, client}, err
}

func (b *kafkaBus) Publish(ctx context.Context, taken func(int, error), msgs ...kit.Message) {
	for i, m := range msgs {
		b.client.Produce(ctx, &kgo.Record{
			Topic: b.topic, Partition: int32(brokerbus.PartitionOf(m.Key)), Key: []byte(m.Key), Value: m.Payload,
			Headers: []kgo.RecordHeader{
				{Key: "id", Value: []byte(m.ID.String())}, {Key: "topic", Value: []byte(m.Topic)},
				{Key: "time", Value: m.Time.AppendFormat(nil, time.RFC3339Nano)},
			},
		}, func(_ *kgo.Record, err error) { taken(i, err) })
	}
}

// Subscribe commits what was handled five times a second, as the kit does: whoever takes
// over handles again what came since.
func (b *kafkaBus) Subscribe(ctx context.Context, _ kit.Subscription, h kit.Handler) (stop func(context.Context) error, err error) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(b.broker), kgo.ConsumerGroup(group+"."+b.topic), kgo.ConsumeTopics(b.topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.BlockRebalanceOnPoll(),
		kgo.AutoCommitMarks(), kgo.AutoCommitInterval(200*time.Millisecond),
	)
	if err != nil {
		return nil, err
	}
	polling, end := context.WithCancel(ctx)
	w := newWorkers(ctx, h)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for polling.Err() == nil {
			handle(client, client.PollFetches(polling), w)
		}
	}()
	return func(ctx context.Context) error {
		end()
		<-ended
		w.end()
		err := client.CommitMarkedOffsets(ctx)
		client.CloseAllowingRebalance()
		return err
	}, nil
}

// handle has what was fetched handled, and marks it to be committed then.
func handle(client *kgo.Client, fetches kgo.Fetches, w *workers) {
	defer client.AllowRebalance()
	var left sync.WaitGroup
	for r := range fetches.RecordsAll() {
		if m, err := read(r); err == nil { // or somebody else sent it
			left.Add(1)
			w.add(m, left.Done)
		}
	}
	left.Wait()
	client.MarkCommitRecords(fetches.Records()...)
}

func read(r *kgo.Record) (m kit.Message, err error) {
	m.Key, m.Payload = string(r.Key), r.Value
	for _, h := range r.Headers {
		switch h.Key {
		case "id":
			m.ID, err = kit.ParseUUID(string(h.Value))
		case "topic":
			m.Topic = string(h.Value)
		case "time":
			m.Time, err = time.Parse(time.RFC3339Nano, string(h.Value))
		}
		if err != nil {
			return m, err
		}
	}
	return m, nil
}

func (b *kafkaBus) Close() error {
	b.client.Close()
	return nil
}
