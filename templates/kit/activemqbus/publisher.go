package activemqbus

import (
	"context"
	"errors"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// Send sends a message to the topic of its partition.
func (b *server) Send(o *brokerbus.Outgoing) {
	l, err := b.connected()
	if err != nil {
		o.Done(err)
		return
	}
	go b.send(l, o) // as many as Window at once
}

// pipelined is how many messages are on their way over a connection at most. The others
// wait here, since the broker stores one after another, and the time for which it may
// take to confirm a message must not depend on how many there are.
const pipelined = 128

// send sends a message when it is its turn, and tells what became of it.
func (b *server) send(l *link, o *brokerbus.Outgoing) {
	way := l.ways[o.Partition()%lanes]
	select {
	case way <- struct{}{}:
		defer func() { <-way }()
	case <-l.up.Done():
	}
	ctx, cancel := context.WithTimeout(l.up, b.config.PublishTimeout)
	defer cancel()
	err := l.send(ctx, l.senders[o.Partition()], encode(o.Message))
	if err != nil {
		err = b.explainSend(l, err)
	}
	o.Done(err)
}

// explainSend returns an error that says why the broker did not take a message.
func (b *server) explainSend(l *link, err error) error {
	at := "ActiveMQ at " + b.config.servers()
	cause := context.Cause(l.up)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		err = kit.Errorf(kit.Unavailable, "%s did not confirm within %v", at, b.config.PublishTimeout)
		l.lose(err) // it may still come, and no later message must come before it
		return err
	case cause != nil:
		return kit.Wrap(kit.Unavailable, b.config.explain(cause), "the connection to "+at+" was lost")
	default:
		return kit.Wrap(kit.Unavailable, err, at+" did not take the message")
	}
}
