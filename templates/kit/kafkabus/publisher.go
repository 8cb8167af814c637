package kafkabus

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// publishing has the client store messages on all replicas, each in the partition that
// it is given, and fail those that are not confirmed in time.
func (b *server) publishing() []kgo.Opt {
	return []kgo.Opt{
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(0),
		kgo.MaxBufferedRecords(b.config.Window + 16), // more than Publish lets in
		kgo.ProducerBatchMaxBytesFn(func(string) int32 { return int32(max(1<<10, min(b.batch.Load(), 1<<30))) }),
		kgo.BrokerMaxWriteBytes(1 << 30),
		// A message that may have been stored fails, too: it is published again, and
		// handled once by whoever looks at its ID.
		kgo.AllowIdempotentProduceCancellation(),
		kgo.ProduceRequestTimeout(b.config.PublishTimeout - b.config.overhead()),
		kgo.RecordDeliveryTimeout(b.config.PublishTimeout - b.config.overhead()/4),
		kgo.RecordRetries(5),
		kgo.UnknownTopicRetries(1),
	}
}

// Send sends a message to its partition.
func (b *server) Send(o *brokerbus.Outgoing) {
	if err := b.tender.Refuses(); err != nil {
		o.Done(err)
		return
	}
	b.client.TryProduce(b.alive, encode(o.Message, b.config.events(), o.Partition()), func(r *kgo.Record, err error) {
		if err != nil {
			err = b.explainSend(r, err)
		}
		o.Done(err)
	})
}

// explainSend returns an error that says why a message was not stored.
func (b *server) explainSend(r *kgo.Record, err error) error {
	at := "Kafka at " + b.config.Brokers
	switch {
	case errors.Is(err, kerr.MessageTooLarge), errors.Is(err, kerr.RecordListTooLarge):
		return kit.Wrap(kit.Invalid, err, fmt.Sprintf("a message of %d bytes is larger than Kafka allows (max.message.bytes)", len(r.Value)+len(r.Key)))
	case errors.Is(err, kgo.ErrRecordTimeout), errors.Is(err, kgo.ErrRecordRetries), errors.Is(err, context.DeadlineExceeded):
		return kit.Wrap(kit.Unavailable, err, fmt.Sprintf("%s did not confirm within %v", at, b.config.PublishTimeout))
	case errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.UnknownTopicID):
		b.tender.Look()
		return kit.Wrap(kit.Unavailable, err, at+" does not have the topic now")
	default:
		return kit.Wrap(kit.Unavailable, err, at+" did not take the message")
	}
}
