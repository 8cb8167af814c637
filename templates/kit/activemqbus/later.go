package activemqbus

import (
	"context"
	"slices"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// parking parks messages that are for another version of the service to handle, so that
// they do not hold up others, and removes those that the group does not receive.
func (p *partition) parking() {
	const some = 64 // are parked within PublishTimeout
	for {
		batch := p.strangers()
		_ = retry.Wait(p.owned.Active, brokerbus.Pause/5) // one heartbeat does for many
		brokerbus.Until(p.owned.Active, func() error { return p.server.members.Say(p.owned.Active) })
		for chunk := range slices.Chunk(batch, some) {
			if p.owned.Active.Err() != nil {
				return
			}
			if err := p.park(chunk); err != nil {
				p.link.lose(err) // what follows must not pass what may not be parked
				return
			}
		}
		if len(batch) == 0 {
			return
		}
	}
}

// strangers waits for messages of topics that this version does not know, and returns
// those that there are, or none if the partition ends.
func (p *partition) strangers() (batch []incoming) {
	select {
	case <-p.owned.Active.Done():
		return nil
	case in := <-p.foreign:
		batch = append(batch, in)
	}
	for len(p.foreign) > 0 {
		batch = append(batch, <-p.foreign)
	}
	return batch
}

// park moves messages to the queues for later, and removes those that the group does not
// receive.
func (p *partition) park(batch []incoming) error {
	ctx, cancel := context.WithTimeout(p.link.up, p.server.config.PublishTimeout)
	defer cancel()
	receipts := make([]*amqp.SendReceipt, len(batch))
	for i, in := range batch {
		if !p.server.facts.has(fact{Group: p.group.Name, Topic: in.topic}) {
			continue
		}
		to, err := p.later(ctx, in.topic)
		if err != nil {
			return err
		}
		in.ApplicationProperties[propertyOrder] = p.server.members.Now()
		payload, err := in.payload.Open(ctx)
		if err != nil {
			return err
		}
		receipt, err := p.link.begin(to, newMessage(payload, in.ApplicationProperties))
		in.payload.Close()
		if err != nil {
			return err
		}
		receipts[i] = &receipt
	}
	for i, receipt := range receipts {
		if receipt != nil {
			if err := accepted(ctx, *receipt); err != nil {
				return err
			}
		}
		p.discard(batch[i])
	}
	return nil
}

// later returns a sender to the queue for later of a topic, of which other members know
// that there may be something in it.
func (p *partition) later(ctx context.Context, topic string) (*amqp.Sender, error) {
	address := p.server.names.later(p.group.Name, p.number, topic)
	p.link.mu.Lock()
	defer p.link.mu.Unlock()
	if s := p.link.later[address]; s != nil {
		return s, nil
	}
	if p.server.facts.learn(fact{p.group.Name, topic, true}) {
		if err := p.server.complete(ctx, p.link); err != nil {
			return nil, err
		}
		if err := p.server.members.Say(ctx); err != nil {
			return nil, err
		}
	}
	s, err := p.link.newSender(ctx, p.session, address)
	if err == nil {
		p.link.later[address] = s
	}
	return s, err
}

// parked is a queue for later that is being read.
type parked struct {
	*feed

	first incoming // without a message if it must be received
	order int64
}

// unpark has the messages handled that were parked and that this version of the service
// knows, in the order in which they were parked.
func (p *partition) unpark() (err error) {
	var queues []*parked
	for _, topic := range p.group.Topics() {
		if !p.server.facts.has(fact{p.group.Name, topic, true}) {
			continue
		}
		q, err := p.openParked(topic)
		if err != nil {
			return err
		}
		queues = append(queues, q)
	}
	for {
		queues = slices.DeleteFunc(queues, func(q *parked) bool { return err == nil && q.first.Message == nil && p.advance(q, &err) })
		if err != nil || len(queues) == 0 {
			return err
		}
		first := slices.MinFunc(queues, func(a, b *parked) int { return int(min(max(a.order-b.order, -1), 1)) })
		p.take(first.first)
		first.first.Message = nil
	}
}

// openParked attaches to a queue for later, until the partition is given up, and puts a
// marker behind what is in it.
func (p *partition) openParked(topic string) (*parked, error) {
	address := p.server.names.later(p.group.Name, p.number, topic)
	f, err := p.attach(address)
	if err != nil {
		return nil, err
	}
	p.parked = append(p.parked, f)
	s, err := p.link.newSender(p.owned.Active, p.session, address)
	if err != nil {
		return nil, err
	}
	defer p.link.closeSender(s)
	return &parked{feed: f}, p.link.send(p.owned.Active, s, newMarker(p.id, 0))
}

// advance receives the next message of a queue for later, and reports whether there is
// none any more.
func (p *partition) advance(q *parked, failed *error) (end bool) {
	for {
		in, err := q.next(p.owned.Active)
		if err != nil {
			*failed = err
			return false
		}
		marker := markerOf(in.Message)
		if marker == "" {
			q.first = in
			q.order, _ = in.ApplicationProperties[propertyOrder].(int64)
			p.server.members.Observe(q.order)
			return false
		}
		p.discard(in)
		if marker == p.id {
			return true
		}
	}
}
