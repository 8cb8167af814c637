package raw

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	watermillnats "github.com/ThreeDotsLabs/watermill-nats/v2/pkg/nats"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// watermillBus is the streams of natsBus with Watermill's adapter. Publish returns when the
// server has confirmed a message, so as many as the window has are published side by side.
type watermillBus struct {
	*sequence
	name      string
	conn      *nats.Conn
	publisher *watermillnats.Publisher
}

// OpenWatermill makes the streams, and a consumer for each.
func OpenWatermill(_ context.Context, url, name string) (Bus, error) {
	conn, err := nats.Connect(url)
	if err != nil {
		return nil, err
	}
	b := &watermillBus{name: name, conn: conn}
	b.sequence = newSequence(func(o *outgoing) { go b.send(o) })
	js, err := conn.JetStream()
	if err != nil {
		return nil, err
	}
	for p := range partitions {
		_, err := js.AddStream(&nats.StreamConfig{
			Name: b.stream(p), Subjects: []string{b.stream(p) + ".>"},
			Storage: nats.FileStorage, Retention: nats.InterestPolicy, Duplicates: 2 * time.Minute,
		})
		if err == nil {
			_, err = js.AddConsumer(b.stream(p), &nats.ConsumerConfig{
				Durable: group, DeliverSubject: nats.NewInbox(), AckPolicy: nats.AckExplicitPolicy, MaxAckPending: prefetch,
			})
		}
		if err != nil {
			return nil, err
		}
	}
	b.publisher, err = watermillnats.NewPublisherWithNatsConn(conn, watermillnats.PublisherPublishConfig{
		Marshaler: &watermillnats.NATSMarshaler{}, SubjectCalculator: watermillnats.DefaultSubjectCalculator,
		JetStream: watermillnats.JetStreamConfig{TrackMsgId: true, PublishOptions: []nats.PubOpt{nats.AckWait(Patience)}},
	}, watermill.NopLogger{})
	return b, err
}

func (b *watermillBus) stream(p int) string { return fmt.Sprintf("%s_%02d", b.name, p) }

func (b *watermillBus) send(o *outgoing) {
	m := message.NewMessage(o.ID.String(), o.Payload)
	m.Metadata = message.Metadata{"Topic": o.Topic, "Key": o.Key, "Time": o.Time.Format(time.RFC3339Nano)}
	b.done(o, b.publisher.Publish(b.stream(o.partition)+"."+o.Topic, m))
}

func (b *watermillBus) Subscribe(ctx context.Context, s kit.Subscription, h kit.Handler) (stop func(context.Context) error, err error) {
	conn, err := nats.Connect(b.conn.ConnectedUrl())
	if err != nil {
		return nil, err
	}
	subscriber, err := watermillnats.NewSubscriberWithNatsConn(conn, watermillnats.SubscriberSubscriptionConfig{
		JetStream: watermillnats.JetStreamConfig{
			AckAsync: true, SubscribeOptions: []nats.SubOpt{nats.ManualAck()}, DurablePrefix: group,
		},
	}, watermill.NopLogger{})
	if err != nil {
		return nil, err
	}
	var handling sync.WaitGroup // one message of a partition at a time: the adapter hands out the next one when it is acknowledged
	for p := range partitions {
		messages, err := subscriber.Subscribe(ctx, b.stream(p)+"."+s.Topics[0])
		if err != nil {
			return nil, err
		}
		handling.Go(func() {
			for m := range messages {
				b.handle(ctx, m, h)
			}
		})
	}
	return func(context.Context) error {
		err := subscriber.Close()
		handling.Wait()
		return err
	}, nil
}

// handle handles a message and acknowledges it. If that fails, it comes again.
func (*watermillBus) handle(ctx context.Context, from *message.Message, h kit.Handler) {
	m := kit.Message{Topic: from.Metadata["Topic"], Key: from.Metadata["Key"], Payload: from.Payload}
	var err error
	if m.ID, err = kit.ParseUUID(from.UUID); err == nil {
		m.Time, err = time.Parse(time.RFC3339Nano, from.Metadata["Time"])
	}
	if err == nil { // or somebody else sent it
		handleInPlace(ctx, h, m)
	}
	from.Ack()
}

func (b *watermillBus) Close() error { return b.publisher.Close() }
