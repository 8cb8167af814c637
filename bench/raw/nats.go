package raw

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// natsBus has a stream for each partition, and knows messages again by their IDs.
type natsBus struct {
	*sequence
	name     string
	conn     *nats.Conn
	js       jetstream.JetStream
	inFlight chan natsFlight
}

type natsFlight struct {
	*outgoing
	ack jetstream.PubAckFuture
}

// OpenNATS makes the streams, and a consumer for each.
func OpenNATS(ctx context.Context, url, name string) (Bus, error) {
	conn, err := nats.Connect(url)
	if err != nil {
		return nil, err
	}
	b := &natsBus{name: name, conn: conn, inFlight: make(chan natsFlight, window)}
	b.sequence = newSequence(b.send)
	if b.js, err = jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(window), jetstream.WithPublishAsyncTimeout(Patience)); err != nil {
		return nil, err
	}
	for p := range partitions {
		_, err := b.js.CreateStream(ctx, jetstream.StreamConfig{
			Name: b.stream(p), Subjects: []string{b.stream(p) + ".>"},
			Storage: jetstream.FileStorage, Retention: jetstream.InterestPolicy, Duplicates: 2 * time.Minute,
		})
		if err != nil {
			return nil, err
		}
		_, err = b.js.CreateConsumer(ctx, b.stream(p), jetstream.ConsumerConfig{
			Durable: group, AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: prefetch,
		})
		if err != nil {
			return nil, err
		}
	}
	go b.confirm()
	return b, nil
}

func (b *natsBus) stream(p int) string { return fmt.Sprintf("%s_%02d", b.name, p) }

func (b *natsBus) send(o *outgoing) {
	ack, err := b.js.PublishMsgAsync(&nats.Msg{
		Subject: b.stream(o.partition) + "." + o.Topic,
		Data:    o.Payload,
		Header: nats.Header{
			jetstream.MsgIDHeader: {o.ID.String()}, "Key": {o.Key}, "Time": {o.Time.Format(time.RFC3339Nano)},
		},
	})
	if err != nil {
		b.done(o, err)
		return
	}
	b.inFlight <- natsFlight{o, ack}
}

// confirm tells what became of messages, until Close.
func (b *natsBus) confirm() {
	for f := range b.inFlight {
		select {
		case <-f.ack.Ok():
			b.done(f.outgoing, nil)
		case err := <-f.ack.Err():
			b.done(f.outgoing, err)
		}
	}
}

func (b *natsBus) Subscribe(ctx context.Context, _ kit.Subscription, h kit.Handler) (stop func(context.Context) error, err error) {
	w := newWorkers(ctx, h)
	var consuming []jetstream.ConsumeContext
	for p := range partitions {
		c, err := b.js.Consumer(ctx, b.stream(p), group)
		if err != nil {
			return nil, err
		}
		one, err := c.Consume(func(msg jetstream.Msg) { b.handle(msg, w) }, jetstream.PullMaxMessages(prefetch))
		if err != nil {
			return nil, err
		}
		consuming = append(consuming, one)
	}
	return func(context.Context) error {
		for _, c := range consuming {
			c.Drain()
		}
		for _, c := range consuming {
			<-c.Closed()
		}
		w.end()
		return b.conn.Flush()
	}, nil
}

// handle has a message handled and then acknowledged. If that fails, it comes again.
func (b *natsBus) handle(msg jetstream.Msg, w *workers) {
	header := msg.Headers()
	m := kit.Message{Topic: msg.Subject()[len(b.name)+len("_00."):], Key: header.Get("Key"), Payload: msg.Data()}
	var err error
	if m.ID, err = kit.ParseUUID(header.Get(jetstream.MsgIDHeader)); err == nil {
		m.Time, err = time.Parse(time.RFC3339Nano, header.Get("Time"))
	}
	if err != nil {
		_ = msg.Term() // somebody else sent it
		return
	}
	w.add(m, func() { _ = msg.Ack() })
}

func (b *natsBus) Close() error {
	close(b.inFlight)
	b.conn.Close()
	return nil
}
