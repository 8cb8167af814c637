package rabbitmqbus

import (
	"cmp"
	"context"
	"errors"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// drain is the handling of the parked messages of a topic.
type drain struct {
	topic   string
	markers []uint64
	waiting int // messages that were received and not handled, and one until all were received
}

// headerParked is the header of a marker: a topic of which there may be parked messages.
const headerParked = "parked"

// park moves a message of a topic that this member does not handle to where it need not
// be read again. A marker goes before it, unless there is one.
func (h *holding) park(d delivery, topic string) error {
	if _, marked := h.foreign[topic]; !marked {
		h.note(topic, 0)
		marker := amqp.Publishing{Headers: amqp.Table{headerParked: topic}, DeliveryMode: amqp.Persistent}
		if err := h.publish(keyOfMarker(h.n, h.group.Name), marker); err != nil {
			return err
		}
	}
	payload, err := d.payload.Open(h.Active)
	if err != nil {
		return err
	}
	copied := amqp.Publishing{
		MessageId: d.MessageId, Type: d.Type, Timestamp: d.Timestamp, Headers: d.Headers, DeliveryMode: amqp.Persistent, Body: payload,
	}
	err = h.publish(h.routeParked(topic), copied)
	if errors.Is(err, errUnroutable) {
		if err = h.makeParked(topic); err == nil {
			err = h.publish(h.routeParked(topic), copied)
		}
	}
	d.payload.Close()
	if err != nil {
		return err
	}
	d.payload.Free()
	return h.ack(d.DeliveryTag)
}

// makeParked makes the queue for parked messages of a topic. Whoever made it before, and
// did not get as far as to bind it, has left nothing in it.
func (h *holding) makeParked(topic string) error {
	queue := h.queueParked(topic)
	if err := discard(h.conn, queue); err != nil {
		return err
	}
	if err := h.group.declareQueue(h.ch, queue); err != nil {
		return err
	}
	if err := retry.Wait(h.Active, settling); err != nil {
		return err
	}
	return h.ch.QueueBind(queue, h.routeParked(topic), string(h.group.server.names), false, nil)
}

// note notes that there is a marker for a topic of others.
func (h *holding) note(topic string, marker uint64) {
	if len(h.foreign) == 0 {
		h.marked = time.Now()
	}
	h.foreign[topic] = marker
	h.group.has(h.queueParked(topic))
}

func (h *holding) queueParked(topic string) string {
	return h.group.server.names.parked(h.group.Name, h.n, topic)
}

// routeParked is the routing key of parked messages.
func (h *holding) routeParked(topic string) string { return keyParked(h.n, h.group.Name, topic) }

// errUnroutable is why a message was not stored: no queue is bound to receive it.
var errUnroutable = errors.New("no queue receives the message")

// publish sends a message, and waits until it is stored.
func (h *holding) publish(key string, m amqp.Publishing) error {
	confirmation, err := h.ch.PublishWithDeferredConfirm(string(h.group.server.names), key, true, false, m)
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
	case <-h.returns: // comes before the confirmation
		err = cmp.Or(err, errUnroutable)
	default:
	}
	return err
}

// marker has the parked messages of a topic handled. If this member does not handle the
// topic, it keeps the marker, so that the next one receives it.
func (h *holding) marker(tag uint64, topic string) error {
	if h.group.Knows(topic) {
		return h.unpark(topic, tag)
	}
	if h.foreign[topic] != 0 {
		return h.ack(tag)
	}
	h.note(topic, tag)
	return nil
}

// unpark has the parked messages of a topic handled, if there are any, which are earlier
// than any that follow, and then acknowledges markers. The queue has one consumer at a time,
// too: if a member is gone that read it, what it had comes first.
func (h *holding) unpark(topic string, markers ...uint64) error {
	if d := h.draining[topic]; d != nil { // nothing was parked since then
		d.markers = append(d.markers, markers...)
		return nil
	}
	last := kit.NewUUID().String()
	err := h.publish(h.routeParked(topic), amqp.Publishing{MessageId: last, Headers: amqp.Table{headerParked: topic}})
	if errors.Is(err, errUnroutable) { // nothing was ever parked
		return h.acknowledge(markers)
	}
	if err != nil {
		return err
	}
	from, err := h.ch.Consume(h.queueParked(topic), topic, false, false, false, false, nil)
	if err != nil {
		return err
	}
	deliveries := h.ahead(from)
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
			if all, err := h.drain(of, d, last); err != nil || all {
				return err
			}
		}
	}
}

// drain has a parked message handled. It reports whether it was the last, which is one
// of this member's own that says so.
func (h *holding) drain(of *drain, d delivery, last string) (all bool, err error) {
	if m, err := decode(d.Delivery); err == nil {
		h.mu.Lock()
		of.waiting++
		h.parked[d.DeliveryTag] = of
		h.mu.Unlock()
		h.AddWith(d.DeliveryTag, m, d.payload)
		return false, nil
	}
	d.payload.Free()
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
	return h.acknowledge(d.markers)
}

func (h *holding) acknowledge(markers []uint64) error {
	for _, marker := range markers {
		if err := h.ack(marker); err != nil {
			return err
		}
	}
	return nil
}
