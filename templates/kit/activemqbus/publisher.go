package activemqbus

import (
	"context"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// flight is a message that was sent.
type flight struct {
	*brokerbus.Outgoing
	receipt amqp.SendReceipt
}

// Send sends a message to the topic of its partition.
func (b *server) Send(o *brokerbus.Outgoing) {
	l, err := b.connected()
	if err != nil {
		o.Done(err)
		return
	}
	receipt, err := l.begin(l.senders[o.Partition()], encode(o.Message))
	if err != nil {
		o.Done(b.explainSend(l, err))
		return
	}
	select {
	case l.sent[o.Partition()%lanes] <- flight{o, receipt}:
	case <-l.up.Done():
	}
	if l.up.Err() != nil { // nobody may look at what was sent any more
		o.Done(b.explainSend(l, l.up.Err()))
	}
}

// confirming tells what becomes of messages of a lane, one after another, until the
// connections are lost. The broker has PublishTimeout for each from when it has confirmed
// the one before: it stores one after another. One that is late may still come, and no
// later message must come before it.
func (b *server) confirming(l *link, sent <-chan flight) {
	late := time.AfterFunc(b.config.PublishTimeout, func() {
		l.lose(kit.Errorf(kit.Unavailable, "ActiveMQ at %s did not confirm within %v", b.config.servers(), b.config.PublishTimeout))
	})
	late.Stop()
	for l.up.Err() == nil || len(sent) > 0 {
		select {
		case f := <-sent:
			late.Reset(b.config.PublishTimeout)
			err := accepted(l.up, f.receipt)
			late.Stop()
			if err != nil {
				err = b.explainSend(l, err)
			}
			f.Done(err)
		case <-l.up.Done():
		}
	}
}

// explainSend returns an error that says why the broker did not take a message.
func (b *server) explainSend(l *link, err error) error {
	at := "ActiveMQ at " + b.config.servers()
	if cause := context.Cause(l.up); cause != nil {
		return kit.Wrap(kit.Unavailable, b.config.explain(cause), "the connection to "+at+" was lost")
	}
	return kit.Wrap(kit.Unavailable, err, at+" did not take the message")
}
