package activemqbus

import (
	"context"
	"sync"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// partition is one that this member is to have.
type partition struct {
	group   *group
	server  *server
	link    *link
	number  int
	session *amqp.Session
	queue   *amqp.Receiver
	owned   *brokerbus.Partition
	foreign chan incoming // messages of topics that this version does not know
	id      string        // of its markers
	parked  []*amqp.Receiver

	mu       sync.Mutex
	received map[uint64]incoming // what is not settled, by position
	position uint64
}

// incoming is a message that was received, and from where.
type incoming struct {
	*amqp.Message
	from  *amqp.Receiver
	topic string
}

func newPartition(g *group, l *link, p int) *partition {
	return &partition{
		group: g, server: g.server, link: l, number: p, session: l.receive[p%lanes],
		foreign: make(chan incoming, 2*brokerbus.Prefetch), received: map[uint64]incoming{}, id: kit.NewUUID().String(),
	}
}

// handle attaches to the queue of the partition, and handles its messages, if the broker
// has it delivered to this member, until ctx ends. Then it gives back the others.
func (p *partition) handle(ctx context.Context) {
	queue, err := p.attach(p.server.names.queue(p.group.Name, p.number))
	if err != nil {
		return
	}
	p.queue = queue
	defer p.detach(queue)
	first, err := p.await(ctx)
	if err != nil {
		return
	}
	p.group.hold(p.number)
	again := first.Header != nil && first.Header.DeliveryCount > 0
	if p.server.members.await(ctx, p.group.Name, p.number, again) != nil {
		return
	}
	while, end := context.WithCancel(p.link.up)
	defer end()
	defer context.AfterFunc(p.server.claim.While(), end)()
	p.owned = p.group.Own(while, p.server.claim.Holds, p.settle)
	defer p.detachParked()
	defer p.owned.Close()
	defer context.AfterFunc(ctx, p.owned.End)()
	var parking sync.WaitGroup
	parking.Go(p.parking)
	defer parking.Wait()
	defer p.owned.End()
	p.receive(first)
}

// attach attaches to a queue that is delivered to one consumer at a time. Prefetch
// messages wait here at most.
func (p *partition) attach(queue string) (*amqp.Receiver, error) {
	ctx, cancel := context.WithTimeout(p.link.up, p.server.config.ConnectTimeout)
	defer cancel()
	r, err := p.session.NewReceiver(ctx, queue+exclusive, &amqp.ReceiverOptions{Credit: brokerbus.Prefetch})
	if err != nil {
		p.link.lose(err) // the broker may deliver to it all the same
	}
	return r, err
}

func (p *partition) detachParked() {
	for _, r := range p.parked {
		p.detach(r)
	}
}

// detach gives back what was not handled.
func (p *partition) detach(r *amqp.Receiver) {
	ctx, cancel := context.WithTimeout(p.link.up, p.server.config.ConnectTimeout)
	defer cancel()
	if err := r.Close(ctx); err != nil {
		p.link.lose(err) // the broker may deliver to it all the same
	}
}

// await waits until the broker delivers the queue to this member, which it does not
// tell, and returns the first message. It sends a marker, for there to be one.
func (p *partition) await(ctx context.Context) (*amqp.Message, error) {
	address := p.server.names.queue(p.group.Name, p.number)
	marks, err := p.link.newSender(ctx, p.session, address)
	if err != nil {
		return nil, err
	}
	defer p.link.closeSender(marks)
	for {
		marker := newMarker(p.server.members.self, time.Minute)
		marker.Header.Durable = false // it may get lost
		if err := p.link.send(ctx, marks, marker); err != nil {
			return nil, err
		}
		waiting, cancel := context.WithTimeout(ctx, brokerbus.Pause)
		m, err := p.queue.Receive(waiting, nil)
		timeout := waiting.Err() != nil && ctx.Err() == nil
		cancel()
		if !timeout || err == nil {
			return m, err
		}
	}
}

// receive has what is parked handled, and then what comes.
func (p *partition) receive(m *amqp.Message) {
	if err := p.unpark(); err != nil {
		return
	}
	for err := error(nil); err == nil; m, err = p.queue.Receive(p.owned.Active, nil) {
		if m != nil {
			p.take(incoming{Message: m, from: p.queue})
		}
	}
}

// take has a message handled if it is for this group.
func (p *partition) take(in incoming) {
	if markerOf(in.Message) != "" {
		p.accept(in)
		return
	}
	m, err := decode(in.Message)
	in.topic = m.Topic
	switch {
	case err != nil: // somebody else sent it
		_ = in.from.RejectMessage(p.link.up, in.Message, nil) // it comes again if this fails
	case p.group.Receives(m):
		p.add(in, m)
	case p.group.Knows(m.Topic), m.Group != "" && m.Group != p.group.Name:
		p.accept(in)
	default:
		p.foreign <- in // there is room for as many as are received
	}
}

// add has a message handled.
func (p *partition) add(in incoming, m kit.Message) {
	p.mu.Lock()
	p.position++
	position := p.position
	p.received[position] = in
	p.mu.Unlock()
	p.owned.Add(position, m)
}

// settle has the broker remove what was handled.
func (p *partition) settle(position uint64) {
	p.mu.Lock()
	in := p.received[position]
	delete(p.received, position)
	p.mu.Unlock()
	p.accept(in)
}

// accept has the broker remove a message. If this fails, it comes again.
func (p *partition) accept(in incoming) { _ = in.from.AcceptMessage(p.link.up, in.Message) }
