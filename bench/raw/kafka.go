package raw

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// kafkaBus has a topic with partitions. All replicas have a message when the client says so.
// Where one fails, the client fails those of the partition that it holds, and takes the next:
// what stays in order then is what was not handed to it.
type kafkaBus struct {
	*sequence
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
	b := &kafkaBus{broker: broker, topic: name, client: client}
	b.sequence = newSequence(b.send)
	return b, err
}

func (b *kafkaBus) send(o *outgoing) {
	b.client.Produce(context.Background(), &kgo.Record{
		Topic: b.topic, Partition: int32(o.partition), Key: []byte(o.Key), Value: o.Payload,
		Headers: []kgo.RecordHeader{
			{Key: "id", Value: []byte(o.ID.String())}, {Key: "topic", Value: []byte(o.Topic)},
			{Key: "time", Value: o.Time.AppendFormat(nil, time.RFC3339Nano)},
		},
	}, func(_ *kgo.Record, err error) { b.done(o, err) })
}

// Subscribe commits what was handled five times a second, as the kit does: whoever takes
// over handles again what came since.
func (b *kafkaBus) Subscribe(ctx context.Context, _ kit.Subscription, h kit.Handler) (stop func(context.Context) error, err error) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(b.broker), kgo.ConsumerGroup(group+"."+b.topic), kgo.ConsumeTopics(b.topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit(),
	)
	if err != nil {
		return nil, err
	}
	w, read, ended := newWorkers(ctx, h), kafkaRead{}, make(chan struct{})
	var handling sync.WaitGroup
	for p := range partitions {
		read[p] = &kafkaPartition{fetched: make(chan []*kgo.Record, 1), room: make(chan struct{}, prefetch), waiting: map[int64]bool{}}
		handling.Go(func() { read[p].handle(w) })
	}
	polling, end := context.WithCancel(ctx)
	go func() {
		defer close(ended)
		for polling.Err() == nil {
			client.PollFetches(polling).EachPartition(func(f kgo.FetchTopicPartition) {
				if len(f.Records) > 0 {
					read[f.Partition].fetched <- f.Records
				}
			})
		}
	}()
	commit := func(ctx context.Context) (err error) {
		client.CommitOffsetsSync(ctx, map[string]map[int32]kgo.EpochOffset{b.topic: read.offsets()}, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, _ *kmsg.OffsetCommitResponse, failed error) {
			err = failed
		})
		return err
	}
	go func() {
		for polling.Err() == nil {
			_ = commit(polling)
			time.Sleep(200 * time.Millisecond)
		}
	}()
	return func(ctx context.Context) error {
		end()
		<-ended
		for _, p := range read {
			close(p.fetched)
		}
		handling.Wait()
		w.end()
		err := commit(ctx)
		client.Close()
		return err
	}, nil
}

// kafkaRead is what was read of each partition.
type kafkaRead [partitions]*kafkaPartition

// kafkaPartition is how far a partition is handled, of which some messages may take longer
// than those after them.
type kafkaPartition struct {
	fetched chan []*kgo.Record
	room    chan struct{}

	mu      sync.Mutex
	next    int64 // offset after what was read
	waiting map[int64]bool
}

func (p *kafkaPartition) handle(w *workers) {
	for records := range p.fetched {
		for _, r := range records {
			m, err := read(r)
			p.room <- struct{}{}
			p.mu.Lock()
			p.next = r.Offset + 1
			p.waiting[r.Offset] = err == nil // or somebody else sent it
			p.mu.Unlock()
			if handled := func() { p.handled(r.Offset) }; err == nil {
				w.add(m, handled)
			} else {
				handled()
			}
		}
	}
}

func (p *kafkaPartition) handled(offset int64) {
	p.mu.Lock()
	delete(p.waiting, offset)
	p.mu.Unlock()
	<-p.room
}

// offsets returns those from which to read on.
func (all kafkaRead) offsets() map[int32]kgo.EpochOffset {
	offsets := map[int32]kgo.EpochOffset{}
	for i, p := range all {
		p.mu.Lock()
		if next := p.next; next > 0 {
			for offset := range p.waiting {
				next = min(next, offset)
			}
			offsets[int32(i)] = kgo.EpochOffset{Epoch: -1, Offset: next}
		}
		p.mu.Unlock()
	}
	return offsets
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
