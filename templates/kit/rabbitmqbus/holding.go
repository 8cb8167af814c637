package rabbitmqbus

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/spool"
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
	spool   *spool.Spool

	isNew   bool              // nothing was received yet
	foreign map[string]uint64 // topics of others that have parked messages, and the markers that say so; 0 if it is yet to come
	marked  time.Time         // since when there are any

	draining map[string]*drain // by topic
	drained  chan *drain       // those that are done

	mu     sync.Mutex
	open   int               // messages of the partition that were received and not acknowledged
	parked map[uint64]*drain // by the tags of parked messages that were received
}

// receive receives the messages of a partition over one channel after another.
func (g *group) receive(up context.Context, claim *brokerbus.Claim, conn *amqp.Connection, n int) {
	g.held[n].Lock()
	defer g.held[n].Unlock()
	active, cancel := context.WithCancel(g.Active)
	defer cancel()
	defer context.AfterFunc(up, cancel)()
	brokerbus.Until(active, func() error { return g.hold(up, claim, conn, n) })
}

// delivery is a message that was sent ahead, without its payload.
type delivery struct {
	amqp.Delivery

	payload *spool.Payload
}

// ahead receives what a consumer is sent, at once: the client would keep it in memory. There
// is room for all that is not acknowledged.
func (h *holding) ahead(from <-chan amqp.Delivery) <-chan delivery {
	to := make(chan delivery, prefetch)
	go func() {
		defer close(to)
		for d := range from { // until the channel is closed
			one := delivery{d, h.spool.Keep(d.Body)}
			one.Body = nil
			to <- one
		}
	}()
	return to
}

// markers is how many topics of others may have parked messages.
const markers = 256

// prefetch is how many messages each consumer is sent ahead.
const prefetch = brokerbus.Prefetch + markers

// hold receives the messages of a partition over a channel, until it ends or others are
// to have the partition.
func (g *group) hold(up context.Context, claim *brokerbus.Claim, conn *amqp.Connection, n int) error {
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	defer ch.Close() //nolint:errcheck // if it fails, the connection is lost, and the channel with it
	deliveries, err := g.consume(conn, ch, n)
	if err != nil {
		return err
	}
	lost, lose := context.WithCancel(up)
	defer lose()
	h := &holding{
		group: g, n: n, conn: conn, ch: ch, returns: ch.NotifyReturn(make(chan amqp.Return, 1)),
		spool: spool.New(brokerbus.PrefetchBytes), isNew: true, foreign: map[string]uint64{},
		draining: map[string]*drain{}, drained: make(chan *drain, len(g.Topics())), parked: map[uint64]*drain{},
	}
	defer h.spool.Close()
	h.Partition = brokerbus.Own(g.Group, lost, claim.Holds, h.handled)
	defer h.Close()
	return h.take(h.ahead(deliveries), lose)
}

// consume begins to receive the messages of a partition. All members have as many sent
// ahead, whatever their size: what one had goes behind what it was not sent yet, of what the
// one before had, so the server must send all of that at once. What is large waits in a file.
//
// Only a queue that somebody has removed is made and bound, and tend looks after the others: see
// line.look.
func (g *group) consume(conn *amqp.Connection, ch *amqp.Channel, n int) (<-chan amqp.Delivery, error) {
	if err := ch.Qos(prefetch, 0, false); err != nil {
		return nil, err
	}
	if err := ch.Confirm(false); err != nil {
		return nil, err
	}
	queue := g.server.names.queue(g.Name, n)
	_, exists, err := inspect(conn, queue)
	if err == nil && !exists {
		err = g.declareQueue(ch, queue)
		if err == nil {
			err = g.bind(ch, n)
		}
	}
	if err != nil {
		return nil, err
	}
	// Members that handle more topics come first. Among the others, chance spreads the
	// partitions.
	priority := len(g.Topics())*1000 + rand.N(1000)
	return ch.Consume(queue, "", false, false, false, false, amqp.Table{"x-priority": priority})
}

// take has the messages handled that are delivered.
func (h *holding) take(deliveries <-chan delivery, lose func()) error {
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
			gone := h.ch.IsClosed()
			if gone {
				lose()
			}
			if gone || !open {
				return errEnded
			}
			if err := h.deliver(d); err != nil {
				return err
			}
		}
	}
}

// deliver has a message handled, or parks it.
func (h *holding) deliver(d delivery) error {
	if err := h.resume(d); err != nil {
		return err
	}
	if topic, ok := d.Headers[headerParked].(string); ok {
		return h.marker(d.DeliveryTag, topic)
	}
	m, err := decode(d.Delivery)
	switch {
	case err != nil: // it was not published by a bus
		h.settled()
		d.payload.Free()
		return h.ch.Reject(d.DeliveryTag, false)
	case h.group.Knows(m.Topic):
		h.AddWith(d.DeliveryTag, m, d.payload)
		return nil
	default:
		return h.park(d, m.Topic)
	}
}

// resume has messages handled first that others have parked, if they may have had the
// partition before this message. They may if none is open here. Then one that they had
// comes before any that they have never received: it is delivered again.
func (h *holding) resume(d delivery) error {
	h.mu.Lock()
	begins := h.open == 0 && (h.isNew || d.Redelivered)
	h.open++
	h.mu.Unlock()
	h.isNew = false
	if !begins {
		return nil
	}
	for _, topic := range h.group.Topics() {
		if err := h.unpark(topic); err != nil {
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
