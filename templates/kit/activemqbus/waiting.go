package activemqbus

import (
	"context"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// statistics is the queue, before the name of another one, that the broker's
// statisticsBrokerPlugin answers what is sent to.
const statistics = "queue://ActiveMQ.Statistics.Destination."

// Waiting returns the size of a group's queues, and of those of what is parked. A broker
// without the plugin says nothing.
func (b *server) Waiting(ctx context.Context, g *brokerbus.Group) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	l, err := b.connected()
	if err != nil {
		return 0, err
	}
	answers, err := l.control.NewReceiver(ctx, "", &amqp.ReceiverOptions{Credit: 100, DynamicAddress: true})
	if err != nil {
		return 0, err
	}
	defer answers.Close(ctx)            //nolint:errcheck // the broker removes it with the connection
	last := string(b.names) + ".groups" // there is one
	for _, queues := range []string{"Consumer." + g.Name + ".VirtualTopic." + string(b.names) + ".*", string(b.names) + ".later." + g.Name + ".>", last} {
		if err := l.ask(ctx, statistics+queues, answers.Address()); err != nil {
			return 0, err
		}
	}
	for {
		m, err := answers.Receive(ctx, nil)
		if err != nil {
			return 0, kit.Wrap(kit.Unavailable, err, "ActiveMQ tells no statistics: see statisticsBrokerPlugin")
		}
		told, _ := m.Value.(map[string]any)
		if told["destinationName"] == "queue://"+last {
			return n, answers.AcceptMessage(ctx, m)
		}
		size, _ := told["size"].(int64)
		n += int(size)
		if err := answers.AcceptMessage(ctx, m); err != nil {
			return 0, err
		}
	}
}

// ask sends a message that has only an address to answer to.
func (l *link) ask(ctx context.Context, address, answerTo string) error {
	s, err := l.newSender(ctx, l.control, address)
	if err != nil {
		return err
	}
	defer l.closeSender(s)
	m := newMessage(nil, nil)
	m.Header.Durable, m.Header.TTL = false, time.Second // it is stored if nobody answers
	m.Properties = &amqp.MessageProperties{ReplyTo: &answerTo}
	return l.send(ctx, s, m)
}
