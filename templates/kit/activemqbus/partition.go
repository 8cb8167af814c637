package activemqbus

import (
	"context"
	"sync"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/spool"
)

// partition is one that this member is to have.
type partition struct {
	group   *brokerbus.Group
	server  *server
	link    *link
	number  int
	session *amqp.Session
	spool   *spool.Spool
	queue   *feed
	owned   *brokerbus.Partition[incoming]
	foreign chan incoming // messages of topics that this version does not know
	id      string        // of its markers
	parked  []*feed
}

// incoming is a message that was received, without its payload, and from where.
type incoming struct {
	*amqp.Message
	payload *spool.Payload
	from    *feed
	topic   string
}

// handle attaches to the queue of a partition, and handles its messages, if the broker
// has it delivered to this member, until ctx ends. Then it gives back the others.
func (b *server) handle(ctx context.Context, g *brokerbus.Group, n int) {
	l, err := b.connected()
	if err != nil {
		return
	}
	p := &partition{
		group: g, server: b, link: l, number: n, session: l.receive[n%lanes], spool: spool.New(brokerbus.PrefetchBytes),
		foreign: make(chan incoming, 2*brokerbus.Prefetch), id: kit.NewUUID().String(),
	}
	defer p.spool.Close()
	if p.queue, err = p.attach(b.names.queue(g.Name, n)); err != nil {
		return
	}
	defer p.detach(p.queue)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.up, cancel)()
	first, err := p.await(ctx)
	if err != nil {
		return
	}
	while, end := context.WithCancel(l.up)
	defer end()
	defer context.AfterFunc(b.members.Claim.While(), end)()
	p.owned = brokerbus.Own(g, while, b.members.Claim.Holds, p.accept)
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
// messages wait here at most, whatever their size, the large ones in a file: with fewer,
// what this member had would go behind what it was not sent yet of what the one before had.
func (p *partition) attach(queue string) (*feed, error) {
	ctx, cancel := context.WithTimeout(p.link.up, p.server.config.ConnectTimeout)
	defer cancel()
	r, err := p.session.NewReceiver(ctx, queue+exclusive, &amqp.ReceiverOptions{Credit: brokerbus.Prefetch})
	if err != nil {
		p.link.lose(err) // the broker may deliver to it all the same
		return nil, err
	}
	f := &feed{Receiver: r, came: make(chan incoming, brokerbus.Prefetch)}
	p.link.working.Go(func() { f.receive(p.link.up, p.spool) })
	return f, nil
}

func (p *partition) detachParked() {
	for _, f := range p.parked {
		p.detach(f)
	}
}

// detach gives back what was not handled.
func (p *partition) detach(f *feed) {
	ctx, cancel := context.WithTimeout(p.link.up, p.server.config.ConnectTimeout)
	defer cancel()
	if err := f.Close(ctx); err != nil {
		p.link.lose(err) // the broker may deliver to it all the same
	}
}

// await waits until this member may handle the queue, and returns the first message.
func (p *partition) await(ctx context.Context) (incoming, error) {
	first, err := p.first(ctx)
	if err == nil {
		err = p.server.members.Hold(ctx, p.group.Name, p.number)
	}
	if err == nil {
		again := first.Header != nil && first.Header.DeliveryCount > 0
		err = p.server.members.Await(ctx, p.group.Name, p.number, again)
	}
	return first, err
}

// first waits until the broker delivers the queue to this member, which it does not
// tell, and returns the first message. It sends markers, for there to be one.
func (p *partition) first(ctx context.Context) (incoming, error) {
	in, err := p.queue.within(ctx, brokerbus.Pause/25)
	if in.Message != nil || err != nil {
		return in, err
	}
	marks, err := p.link.newSender(ctx, p.session, p.server.names.queue(p.group.Name, p.number))
	if err != nil {
		return incoming{}, err
	}
	defer p.link.closeSender(marks)
	for in.Message == nil && err == nil {
		marker := newMarker(p.server.members.Self, time.Minute)
		marker.Header.Durable = false // it may get lost
		if err = p.link.send(ctx, marks, marker); err == nil {
			in, err = p.queue.within(ctx, brokerbus.Pause)
		}
	}
	return in, err
}

// receive has what is parked handled, and then what comes.
func (p *partition) receive(in incoming) {
	if err := p.unpark(); err != nil {
		return
	}
	for err := error(nil); err == nil; in, err = p.queue.next(p.owned.Active) {
		p.take(in)
	}
}

// take has a message handled if it is for this group.
func (p *partition) take(in incoming) {
	if markerOf(in.Message) != "" {
		p.discard(in)
		return
	}
	m, err := decode(in.Message)
	in.topic = m.Topic
	switch {
	case err != nil: // somebody else sent it
		in.payload.Free()
		_ = in.from.RejectMessage(p.link.up, in.Message, nil) // it comes again if this fails
	case p.group.Receives(m):
		p.owned.AddWith(in, m, in.payload)
	case p.group.Knows(m.Topic), m.Group != "" && m.Group != p.group.Name:
		p.discard(in)
	default:
		p.foreign <- in // there is room for as many as are received
	}
}

// discard accepts a message that is not handled here.
func (p *partition) discard(in incoming) {
	in.payload.Free()
	p.accept(in)
}

// accept has the broker remove a message. If this fails, it comes again.
func (p *partition) accept(in incoming) { _ = in.from.AcceptMessage(p.link.up, in.Message) }
