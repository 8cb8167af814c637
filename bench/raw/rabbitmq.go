package raw

import (
	"context"
	"fmt"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// rabbitBus has a quorum queue for each partition, which is delivered to one consumer at
// a time, and publishes persistent messages, which must go to a queue.
type rabbitBus struct {
	*sequence
	exchange string
	conn     *amqp.Connection
	ch       *amqp.Channel // for publishing

	sending  sync.Mutex     // held while a message is sent
	inFlight chan *outgoing // in the order in which they were sent
	confirms chan amqp.Confirmation
	returns  chan amqp.Return
}

// OpenRabbitMQ makes the exchange and the queues.
func OpenRabbitMQ(_ context.Context, url, name string) (Bus, error) {
	conn, err := amqp.Dial(url)
	if err != nil {
		return nil, err
	}
	b := &rabbitBus{
		exchange: name, conn: conn, inFlight: make(chan *outgoing, window),
		confirms: make(chan amqp.Confirmation, window), returns: make(chan amqp.Return),
	}
	b.sequence = newSequence(b.send)
	if b.ch, err = conn.Channel(); err != nil {
		return nil, err
	}
	if err := b.ch.ExchangeDeclare(name, amqp.ExchangeTopic, true, false, false, false, nil); err != nil {
		return nil, err
	}
	for p := range partitions {
		_, err := b.ch.QueueDeclare(b.queue(p), true, false, false, false, amqp.Table{
			"x-queue-type": "quorum", "x-single-active-consumer": true, "x-delivery-limit": int64(-1), "x-overflow": "reject-publish",
		})
		if err == nil {
			err = b.ch.QueueBind(b.queue(p), fmt.Sprintf("%02d.#", p), name, false, nil)
		}
		if err != nil {
			return nil, err
		}
	}
	b.ch.NotifyPublish(b.confirms)
	b.ch.NotifyReturn(b.returns)
	go b.confirm()
	return b, b.ch.Confirm(false)
}

func (b *rabbitBus) queue(p int) string { return fmt.Sprintf("%s.%s.%02d", b.exchange, group, p) }

func (b *rabbitBus) send(o *outgoing) {
	b.sending.Lock()
	defer b.sending.Unlock()
	b.inFlight <- o
	_ = b.ch.Publish(b.exchange, fmt.Sprintf("%02d.%s", o.partition, o.Topic), true, false, amqp.Publishing{
		MessageId: o.ID.String(), Type: o.Topic, Timestamp: o.Time, DeliveryMode: amqp.Persistent, Body: o.Payload,
		Headers: amqp.Table{"key": o.Key, "time": o.Time.UnixNano()},
	}) // if it fails, the channel is closed, and all that is in flight fails
}

// confirm tells what became of messages, until Close.
func (b *rabbitBus) confirm() {
	returned := map[string]bool{}
	for {
		select {
		case r := <-b.returns: // its confirmation follows
			returned[r.MessageId] = true
		case c, open := <-b.confirms:
			if !open {
				for o := range b.inFlight {
					b.done(o, amqp.ErrClosed)
				}
				return
			}
			o, err := <-b.inFlight, error(nil)
			if !c.Ack || returned[o.ID.String()] {
				delete(returned, o.ID.String())
				err = errRefused
			}
			b.done(o, err)
		}
	}
}

func (b *rabbitBus) Subscribe(ctx context.Context, _ kit.Subscription, h kit.Handler) (stop func(context.Context) error, err error) {
	w := newWorkers(ctx, h)
	var receiving sync.WaitGroup
	var channels []*amqp.Channel
	for p := range partitions {
		ch, err := b.conn.Channel()
		if err != nil {
			return nil, err
		}
		if err := ch.Qos(prefetch, 0, false); err != nil {
			return nil, err
		}
		deliveries, err := ch.Consume(b.queue(p), group, false, false, false, false, nil)
		if err != nil {
			return nil, err
		}
		channels = append(channels, ch)
		receiving.Go(func() {
			for d := range deliveries {
				b.handle(d, w)
			}
		})
	}
	return func(context.Context) error {
		for _, ch := range channels {
			_ = ch.Cancel(group, false)
		}
		receiving.Wait()
		w.end()
		for _, ch := range channels {
			_ = ch.Close() // what it has not acknowledged comes again
		}
		return nil
	}, nil
}

// handle has a message handled and then acknowledged. If that fails, it comes again.
func (*rabbitBus) handle(d amqp.Delivery, w *workers) {
	id, err := kit.ParseUUID(d.MessageId)
	key, isText := d.Headers["key"].(string)
	nanoseconds, isNumber := d.Headers["time"].(int64)
	if err != nil || !isText || !isNumber {
		_ = d.Reject(false) // somebody else sent it
		return
	}
	m := kit.Message{ID: id, Topic: d.Type, Key: key, Time: time.Unix(0, nanoseconds).UTC(), Payload: d.Body}
	w.add(m, func() { _ = d.Ack(false) })
}

func (b *rabbitBus) Close() error {
	close(b.inFlight)
	return b.conn.Close()
}
