// Package rawnats publishes to NATS JetStream and consumes from it with nats.go alone,
// as one writes it by hand for the guarantees that the kit gives: files, a
// confirmation and an identifier by which the server knows a message again for each
// message, and an acknowledgement of each that was handled.
package rawnats

import (
	"context"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// window is how many messages may be on their way to the server, and consumed how
// many it waits for, in all partitions, as with the kit.
const (
	window   = 8192
	consumed = 16 * 256
)

// Bus is some streams, among which messages are divided by their keys. With one of
// them, one process alone can handle a key in order; with more, as many as there are.
type Bus struct {
	conn       *nats.Conn
	js         jetstream.JetStream
	name       string
	partitions int
	seed       maphash.Seed
	waiting    sync.WaitGroup
}

// New makes the streams, and a consumer for each.
func New(ctx context.Context, url, name string, partitions int) (*Bus, error) {
	conn, err := nats.Connect(url)
	if err != nil {
		return nil, err
	}
	b := &Bus{conn: conn, name: name, partitions: partitions, seed: maphash.MakeSeed()}
	if b.js, err = jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(window)); err != nil {
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
			Durable: "mail", AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: consumed / partitions,
		})
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *Bus) stream(p int) string { return fmt.Sprintf("%s_%02d", b.name, p) }

// encode makes what is sent of a message.
func (b *Bus) encode(m kit.Message) *nats.Msg {
	p := 0
	if b.partitions > 1 {
		p = int(maphash.String(b.seed, m.Key) % uint64(b.partitions))
	}
	return &nats.Msg{
		Subject: b.stream(p) + "." + m.Topic,
		Data:    m.Payload,
		Header: nats.Header{
			jetstream.MsgIDHeader: {m.ID.String()}, "Key": {m.Key}, "Time": {m.Time.Format(time.RFC3339Nano)},
		},
	}
}

// decode reads what encode has made.
func decode(msg jetstream.Msg) (m kit.Message, err error) {
	h := msg.Headers()
	m.Topic, m.Key, m.Payload = msg.Subject(), h.Get("Key"), msg.Data()
	if m.ID, err = kit.ParseUUID(h.Get(jetstream.MsgIDHeader)); err != nil {
		return m, err
	}
	m.Time, err = time.Parse(time.RFC3339Nano, h.Get("Time"))
	return m, err
}

// Publish sends messages, and calls taken for each when the server has confirmed it,
// or not. It does not wait for that.
func (b *Bus) Publish(_ context.Context, taken func(int, error), msgs ...kit.Message) {
	sent := make([]jetstream.PubAckFuture, 0, len(msgs))
	for i, m := range msgs {
		f, err := b.js.PublishMsgAsync(b.encode(m), jetstream.WithStallWait(time.Minute))
		if err != nil {
			for ; i < len(msgs); i++ {
				taken(i, err)
			}
			break
		}
		sent = append(sent, f)
	}
	b.waiting.Go(func() {
		for i, f := range sent {
			select {
			case <-f.Ok():
				taken(i, nil)
			case err := <-f.Err():
				taken(i, err)
			}
		}
	})
}

// PublishOne sends a message and returns when the server has confirmed it: what is
// published after it cannot pass it.
func (b *Bus) PublishOne(ctx context.Context, m kit.Message) error {
	_, err := b.js.PublishMsg(ctx, b.encode(m))
	return err
}

// Subscribe begins to have messages handled, those of a partition one after another.
func (b *Bus) Subscribe(ctx context.Context, _ kit.Subscription, h kit.Handler) (stop func(context.Context) error, err error) {
	var consuming []jetstream.ConsumeContext
	for p := range b.partitions {
		c, err := b.js.Consumer(ctx, b.stream(p), "mail")
		if err != nil {
			return nil, err
		}
		one, err := c.Consume(func(msg jetstream.Msg) { b.handle(ctx, msg, h) }, jetstream.PullMaxMessages(consumed/b.partitions))
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
		return b.conn.Flush()
	}, nil
}

// handle handles a message and acknowledges it, or asks for it again.
func (b *Bus) handle(ctx context.Context, msg jetstream.Msg, h kit.Handler) {
	m, err := decode(msg)
	if err == nil {
		err = h(ctx, m)
	}
	if err == nil {
		err = msg.Ack()
	}
	if err != nil {
		_ = msg.Nak() // or it comes again when its time is over
	}
}

// Close waits for what is on its way, and ends the connection.
func (b *Bus) Close() {
	b.waiting.Wait()
	b.conn.Close()
}
