package rabbitmqbus

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// holding is a partition, or a place in the queue of members for it: a channel over
// which its messages are received while this member is the active one. What was received
// and not acknowledged is the next member's when the channel is closed.
type holding struct {
	*brokerbus.Partition
	group *group
	n     int // of the partition
	ch    *amqp.Channel

	foreign map[string]uint64 // topics of others that have parked messages, and the markers that say so
	marked  time.Time         // since when there are any

	mu     sync.Mutex
	drains map[uint64]*drain // by the tags of parked messages that were received
}

// drain is the handling of parked messages.
type drain struct {
	marker  uint64
	waiting int // messages that were received and not handled, and one until all were received
}

// receive receives the messages of a partition over one channel after another.
func (g *group) receive(up context.Context, claim *brokerbus.Claim, conn *amqp.Connection, n int) {
	active, cancel := context.WithCancel(g.Active)
	defer cancel()
	defer context.AfterFunc(up, cancel)()
	brokerbus.Until(active, func() error { return g.hold(up, claim, conn, n) })
}

// markers is how many topics of others may have parked messages.
const markers = 256

// hold receives the messages of a partition over a channel, until it ends or others are
// to have the partition.
func (g *group) hold(up context.Context, claim *brokerbus.Claim, conn *amqp.Connection, n int) error {
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	defer ch.Close() //nolint:errcheck // if it fails, the connection is lost, and the channel with it
	if err := ch.Qos(brokerbus.Prefetch+markers, 0, false); err != nil {
		return err
	}
	if err := ch.Confirm(false); err != nil {
		return err
	}
	queue := g.server.names.queue(g.Name, n)
	if _, err := ch.QueueDeclare(queue, true, false, false, false, queueArguments()); err != nil {
		return err
	}
	// Members that handle more topics come first. Among the others, chance spreads the
	// partitions.
	priority := len(g.Topics())*1000 + rand.N(1000)
	deliveries, err := ch.Consume(queue, "", false, false, false, false, amqp.Table{"x-priority": priority})
	if err != nil {
		return err
	}
	lost, lose := context.WithCancel(up)
	defer lose()
	h := &holding{group: g, n: n, ch: ch, foreign: map[string]uint64{}, drains: map[uint64]*drain{}}
	h.Partition = g.Own(lost, claim.Holds, h.handled)
	defer h.Close()
	return h.take(deliveries, lose)
}

// take has the messages handled that are delivered.
func (h *holding) take(deliveries <-chan amqp.Delivery, lose func()) error {
	for {
		var rest <-chan time.Time
		if len(h.foreign) > 0 {
			rest = time.After(time.Until(h.marked.Add(h.group.server.config.Lease)))
		}
		select {
		case <-h.Active.Done():
			return errEnded
		case <-rest:
			return errEnded
		case d, open := <-deliveries:
			if !open && h.ch.IsClosed() {
				lose()
			}
			if !open {
				return errEnded
			}
			if err := h.deliver(d); err != nil {
				return err
			}
		}
	}
}

// deliver has a message handled, or parks it.
func (h *holding) deliver(d amqp.Delivery) error {
	if topic, ok := d.Headers[headerParked].(string); ok {
		return h.unpark(d.DeliveryTag, topic)
	}
	m, err := decode(d)
	switch {
	case err != nil:
		return h.ch.Reject(d.DeliveryTag, false) // it was not published by a bus
	case h.group.Knows(m.Topic):
		h.Add(d.DeliveryTag, m)
		return nil
	default:
		return h.park(d, m.Topic)
	}
}

// handled acknowledges a message.
func (h *holding) handled(tag uint64) {
	_ = h.ch.Ack(tag, false) // if it fails, the message is delivered again
	h.mu.Lock()
	d := h.drains[tag]
	delete(h.drains, tag)
	h.mu.Unlock()
	if d != nil {
		h.drained(d)
	}
}

// drained notes that a message was handled, and acknowledges the marker after the last.
func (h *holding) drained(d *drain) {
	h.mu.Lock()
	d.waiting--
	done := d.waiting == 0
	h.mu.Unlock()
	if done {
		_ = h.ch.Ack(d.marker, false) // if it fails, it is delivered again
	}
}

// headerParked is the header of a marker: a topic of which there may be parked messages.
const headerParked = "parked"

// park moves a message of a topic that this member does not handle to where it need not
// be read again. A marker goes before it, if this member does not have one.
func (h *holding) park(d amqp.Delivery, topic string) error {
	names := h.group.server.names
	parked := names.parked(h.group.Name, h.n, topic)
	if _, marked := h.foreign[topic]; !marked {
		if err := h.declare(parked); err != nil {
			return err
		}
		marker := amqp.Publishing{Headers: amqp.Table{headerParked: topic}, DeliveryMode: amqp.Persistent}
		if err := h.publish(names.queue(h.group.Name, h.n), marker); err != nil {
			return err
		}
	}
	copied := amqp.Publishing{
		MessageId: d.MessageId, Type: d.Type, Timestamp: d.Timestamp, Headers: d.Headers, DeliveryMode: amqp.Persistent, Body: d.Body,
	}
	if err := h.publish(parked, copied); err != nil {
		return err
	}
	return h.ch.Ack(d.DeliveryTag, false)
}

// declare makes a queue, and waits until it keeps what it confirms.
func (h *holding) declare(queue string) error {
	q, err := h.ch.QueueDeclare(queue, true, false, false, false, parkedArguments())
	if err == nil && q.Messages == 0 {
		time.Sleep(settling)
	}
	return err
}

// publish sends a message to a queue, and waits until it is stored.
func (h *holding) publish(queue string, m amqp.Publishing) error {
	confirmation, err := h.ch.PublishWithDeferredConfirm("", queue, false, false, m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(h.Active, h.group.server.config.PublishTimeout)
	defer cancel()
	stored, err := confirmation.WaitContext(ctx)
	if err == nil && !stored {
		err = kit.Errorf(kit.Unavailable, "RabbitMQ did not store a message in queue %s", queue)
	}
	return err
}

// unpark has the parked messages of a topic handled, which are earlier than any that
// follow. If this member does not handle the topic, it keeps the marker, so that the next
// one receives it.
func (h *holding) unpark(marker uint64, topic string) error {
	if !h.group.Knows(topic) {
		if _, marked := h.foreign[topic]; marked {
			return h.ch.Ack(marker, false)
		}
		if len(h.foreign) == 0 {
			h.marked = time.Now()
		}
		h.foreign[topic] = marker
		return nil
	}
	queue := h.group.server.names.parked(h.group.Name, h.n, topic)
	if _, err := h.ch.QueueDeclare(queue, true, false, false, false, parkedArguments()); err != nil {
		return err
	}
	of := &drain{marker: marker, waiting: 1}
	for h.Room(); h.Active.Err() == nil; h.Room() {
		d, ok, err := h.ch.Get(queue, false)
		if err != nil {
			return err
		}
		if !ok {
			h.drained(of)
			return nil
		}
		m, err := decode(d)
		if err != nil {
			_ = h.ch.Reject(d.DeliveryTag, false) // it was not published by a bus
			continue
		}
		h.mu.Lock()
		of.waiting++
		h.drains[d.DeliveryTag] = of
		h.mu.Unlock()
		h.Add(d.DeliveryTag, m)
	}
	return errEnded
}
