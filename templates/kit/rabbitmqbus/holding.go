package rabbitmqbus

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// holding is a partition, or a place in the queue of members for it: a channel over
// which its messages are received while this member is the active one. What was received
// and not acknowledged is the next member's when the channel is closed.
type holding struct {
	*brokerbus.Partition[uint64]
	group   *group
	n       int // of the partition
	conn    *amqp.Connection
	ch      *amqp.Channel
	returns chan amqp.Return // what was sent over ch and went nowhere

	isNew   bool              // nothing was received yet
	foreign map[string]uint64 // topics of others that have parked messages, and the markers that say so; 0 if it is yet to come
	marked  time.Time         // since when there are any

	draining map[string]*drain // by topic
	drained  chan *drain       // those that are done

	mu     sync.Mutex
	open   int               // messages of the partition that were received and not acknowledged
	parked map[uint64]*drain // by the tags of parked messages that were received
}

// drain is the handling of the parked messages of a topic.
type drain struct {
	topic   string
	markers []uint64
	waiting int // messages that were received and not handled, and one until all were received
}

// receive receives the messages of a partition over one channel after another.
func (g *group) receive(up context.Context, claim *brokerbus.Claim, conn *amqp.Connection, n int) {
	active, cancel := context.WithCancel(g.Active)
	defer cancel()
	defer context.AfterFunc(up, cancel)()
	select {
	case g.held[n] <- struct{}{}:
		defer func() { <-g.held[n] }()
		brokerbus.Until(active, func() error { return g.hold(up, claim, conn, n) })
	case <-active.Done():
	}
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
	deliveries, err := g.consume(ch, n)
	if err != nil {
		return err
	}
	lost, lose := context.WithCancel(up)
	defer lose()
	h := &holding{
		group: g, n: n, conn: conn, ch: ch, returns: ch.NotifyReturn(make(chan amqp.Return, 1)),
		isNew: true, foreign: map[string]uint64{},
		draining: map[string]*drain{}, drained: make(chan *drain, len(g.Topics())), parked: map[uint64]*drain{},
	}
	h.Partition = brokerbus.Own(g.Group, lost, claim.Holds, h.handled)
	defer h.Close()
	return h.take(deliveries, lose)
}

// consume begins to receive the messages of a partition.
func (g *group) consume(ch *amqp.Channel, n int) (<-chan amqp.Delivery, error) {
	if err := ch.Qos(brokerbus.Prefetch+markers, 0, false); err != nil {
		return nil, err
	}
	if err := ch.Confirm(false); err != nil {
		return nil, err
	}
	queue := g.server.names.queue(g.Name, n)
	if _, err := ch.QueueDeclare(queue, true, false, false, false, queueArguments()); err != nil {
		return nil, err
	}
	if err := g.bind(ch, n); err != nil {
		return nil, err
	}
	// Members that handle more topics come first. Among the others, chance spreads the
	// partitions.
	priority := len(g.Topics())*1000 + rand.N(1000)
	return ch.Consume(queue, "", false, false, false, false, amqp.Table{"x-priority": priority})
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
		case d := <-h.drained:
			if err := h.finish(d); err != nil {
				return err
			}
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
	if err := h.resume(d); err != nil {
		return err
	}
	if topic, ok := d.Headers[headerParked].(string); ok {
		return h.marker(d.DeliveryTag, topic)
	}
	m, err := decode(d)
	switch {
	case err != nil: // it was not published by a bus
		h.settled()
		return h.ch.Reject(d.DeliveryTag, false)
	case h.group.Knows(m.Topic):
		h.Add(d.DeliveryTag, m)
		return nil
	default:
		return h.park(d, m.Topic)
	}
}

// resume has messages handled first that others have parked, if they may have had the
// partition before this message. They may if none is open here. Then one that they had
// comes before any that they have never received: it is delivered again.
func (h *holding) resume(d amqp.Delivery) error {
	h.mu.Lock()
	begins := h.open == 0 && (h.isNew || d.Redelivered)
	h.open++
	h.mu.Unlock()
	h.isNew = false
	if !begins {
		return nil
	}
	for _, topic := range h.group.Topics() {
		_, exists, err := inspect(h.conn, h.queueParked(topic))
		if err == nil && exists {
			err = h.unpark(topic)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settled notes that a message of the partition will be acknowledged.
func (h *holding) settled() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open--
}

// ack acknowledges a message of the partition.
func (h *holding) ack(tag uint64) error {
	h.settled() // before another member can have the partition
	return h.ch.Ack(tag, false)
}

// handled acknowledges a message.
func (h *holding) handled(tag uint64) {
	h.mu.Lock()
	d := h.parked[tag]
	delete(h.parked, tag)
	h.mu.Unlock()
	if d == nil {
		_ = h.ack(tag) // if it fails, the message is delivered again
		return
	}
	_ = h.ch.Ack(tag, false) // likewise
	h.progress(d, -1)
}

// headerParked is the header of a marker: a topic of which there may be parked messages.
const headerParked = "parked"

// park moves a message of a topic that this member does not handle to where it need not
// be read again. A marker goes before it, unless there is one.
func (h *holding) park(d amqp.Delivery, topic string) error {
	if _, marked := h.foreign[topic]; !marked {
		if err := h.mark(topic); err != nil {
			return err
		}
	}
	copied := amqp.Publishing{
		MessageId: d.MessageId, Type: d.Type, Timestamp: d.Timestamp, Headers: d.Headers, DeliveryMode: amqp.Persistent, Body: d.Body,
	}
	if err := h.publish(h.group.routeParked(h.n, topic), copied); err != nil {
		return err
	}
	return h.ack(d.DeliveryTag)
}

// mark makes the queue for parked messages of a topic, and publishes a marker.
func (h *holding) mark(topic string) error {
	_, exists, err := inspect(h.conn, h.queueParked(topic))
	if err == nil {
		err = h.declare(topic)
	}
	if err == nil && !exists {
		err = retry.Wait(h.Active, settling)
	}
	if err == nil {
		err = h.publish(fmt.Sprintf("%02d.%s", h.n, headerParked), amqp.Publishing{Headers: amqp.Table{headerParked: topic}, DeliveryMode: amqp.Persistent})
	}
	if err == nil {
		h.note(topic, 0)
	}
	return err
}

// note notes that there is a marker for a topic of others.
func (h *holding) note(topic string, marker uint64) {
	if len(h.foreign) == 0 {
		h.marked = time.Now()
	}
	h.foreign[topic] = marker
}

// declare makes the queue for parked messages of a topic, unless it is there.
func (h *holding) declare(topic string) error {
	queue := h.queueParked(topic)
	h.group.noteParked(queue)
	if _, err := h.ch.QueueDeclare(queue, true, false, false, false, queueArguments()); err != nil {
		return err
	}
	return h.ch.QueueBind(queue, h.group.routeParked(h.n, topic), h.group.server.names.group(h.group.Name), false, nil)
}

func (h *holding) queueParked(topic string) string {
	return h.group.server.names.parked(h.group.Name, h.n, topic)
}

// routeParked is the routing key, in the exchange of the group, of parked messages.
func (g *group) routeParked(partition int, topic string) string {
	return fmt.Sprintf("%s.%02d.%s", headerParked, partition, topic)
}

// publish sends a message to the exchange of the group, and waits until it is stored.
func (h *holding) publish(key string, m amqp.Publishing) error {
	confirmation, err := h.ch.PublishWithDeferredConfirm(h.group.server.names.group(h.group.Name), key, true, false, m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(h.Active, h.group.server.config.PublishTimeout)
	defer cancel()
	stored, err := confirmation.WaitContext(ctx)
	if err == nil && !stored {
		err = errNotStored
	}
	select {
	case <-h.returns:
		err = errNotStored
	default:
	}
	return err
}

// marker has the parked messages of a topic handled. If this member does not handle the
// topic, it keeps the marker, so that the next one receives it.
func (h *holding) marker(tag uint64, topic string) error {
	if !h.group.Knows(topic) {
		if h.foreign[topic] != 0 {
			return h.ack(tag)
		}
		h.note(topic, tag)
		return nil
	}
	return h.unpark(topic, tag)
}

// unpark has the parked messages of a topic handled, which are earlier than any that
// follow, and then acknowledges markers. The queue has one consumer at a time, too: if a
// member is gone that read it, what it had comes first.
func (h *holding) unpark(topic string, markers ...uint64) error {
	if d := h.draining[topic]; d != nil { // nothing was parked since then
		d.markers = append(d.markers, markers...)
		return nil
	}
	if err := h.declare(topic); err != nil {
		return err
	}
	deliveries, err := h.ch.Consume(h.queueParked(topic), topic, false, false, false, false, nil)
	if err != nil {
		return err
	}
	last := kit.NewUUID().String()
	if err := h.publish(h.group.routeParked(h.n, topic), amqp.Publishing{MessageId: last, Headers: amqp.Table{headerParked: topic}}); err != nil {
		return err
	}
	of := &drain{topic: topic, markers: markers, waiting: 1}
	h.draining[topic] = of
	for {
		select {
		case <-h.Active.Done():
			return errEnded
		case d, open := <-deliveries:
			if !open {
				return errEnded
			}
			all, err := h.drain(of, d, last)
			if err != nil || all {
				return err
			}
		}
	}
}

// drain has a parked message handled. It reports whether it was the last, which is one
// of this member's own that says so.
func (h *holding) drain(of *drain, d amqp.Delivery, last string) (all bool, err error) {
	m, err := decode(d)
	if err == nil {
		h.mu.Lock()
		of.waiting++
		h.parked[d.DeliveryTag] = of
		h.mu.Unlock()
		h.Add(d.DeliveryTag, m)
		return false, nil
	}
	if all = d.MessageId == last; all {
		h.progress(of, -1)
	}
	return all, h.ch.Ack(d.DeliveryTag, false) // or it is one of another drain's, or was not published by a bus
}

// progress notes that so many more messages wait to be handled.
func (h *holding) progress(d *drain, more int) {
	h.mu.Lock()
	d.waiting += more
	done := d.waiting == 0
	h.mu.Unlock()
	if done {
		h.drained <- d // there is room for each topic
	}
}

// finish acknowledges the markers of a topic whose parked messages were all handled.
func (h *holding) finish(d *drain) error {
	delete(h.draining, d.topic)
	if err := h.ch.Cancel(d.topic, true); err != nil {
		return err
	}
	for _, marker := range d.markers {
		if err := h.ack(marker); err != nil {
			return err
		}
	}
	return nil
}
