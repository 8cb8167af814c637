package activemqbus

import (
	"context"
	"strings"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// statistics is the queue, before the name of another one, that the broker's
// statisticsBrokerPlugin answers what is sent to.
const statistics = "queue://ActiveMQ.Statistics.Destination."

// Waiting returns the sizes of the groups' queues, with those of what is parked. A broker
// without the plugin says nothing.
func (b *server) Waiting(ctx context.Context, _ map[string]*brokerbus.Group) (map[string]int, error) {
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	l, err := b.connected()
	if err != nil {
		return nil, err
	}
	return l.waiting(ctx, b.names, b.facts.groups())
}

// waiting is Waiting, of these groups and of others.
func (l *link) waiting(ctx context.Context, n names, groups []string) (map[string]int, error) {
	answers, err := l.control.NewReceiver(ctx, "", &amqp.ReceiverOptions{Credit: 100, DynamicAddress: true})
	if err != nil {
		return nil, err
	}
	defer answers.Close(ctx) //nolint:errcheck // the broker removes it with the connection
	last := n.records()      // there is one
	for _, queues := range []string{n.queues(), n.allLater(), last} {
		if err := l.ask(ctx, strings.Replace(queues, "queue://", statistics, 1), answers.Address()); err != nil {
			return nil, err
		}
	}
	waiting := map[string]int{}
	for _, group := range groups {
		waiting[group] = 0
	}
	for {
		m, err := answers.Receive(ctx, nil)
		if err != nil {
			return nil, kit.Wrap(kit.Unavailable, err, "ActiveMQ tells no statistics: see statisticsBrokerPlugin")
		}
		told, _ := m.Value.(map[string]any)
		queue, _ := told["destinationName"].(string)
		if queue == last {
			return waiting, answers.AcceptMessage(ctx, m)
		}
		size, _ := told["size"].(int64)
		waiting[n.groupOf(queue)] += int(size)
		if err := answers.AcceptMessage(ctx, m); err != nil {
			return nil, err
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
