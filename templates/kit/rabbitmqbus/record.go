package rabbitmqbus

import (
	"context"
	"errors"
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// The groups that there are, in whichever version of the service, are recorded in a stream:
// a queue that is read from its first message on, and from which nothing is removed.

// record records a group, unless it is.
func (g *group) record(ch *amqp.Channel) error {
	record, exchange := g.server.names.record(), string(g.server.names)
	if _, err := ch.QueueDeclare(record, true, false, false, false, amqp.Table{"x-queue-type": "stream"}); err != nil {
		return err
	}
	if err := ch.QueueBind(record, keyOfRecord, exchange, false, nil); err != nil {
		return err
	}
	known, err := recorded(ch, record, g.Name)
	if err != nil || slices.Contains(known, g.Name) {
		return err
	}
	return ch.Publish(exchange, keyOfRecord, false, false, amqp.Publishing{Type: g.Name, DeliveryMode: amqp.Persistent}) // or the next time
}

// enough is how long it takes for the next message of a record to come: a server does not
// tell that there is none.
const enough = 300 * time.Millisecond

// recorded returns the groups of a record, up to one that is looked for.
func recorded(ch *amqp.Channel, record, wanted string) (groups []string, err error) {
	if err := ch.Qos(1000, 0, false); err != nil {
		return nil, err
	}
	deliveries, err := ch.Consume(record, "", false, false, false, false, amqp.Table{"x-stream-offset": "first"})
	if err != nil {
		return nil, err
	}
	for {
		select {
		case d, open := <-deliveries:
			if !open {
				return nil, errEnded
			}
			if !slices.Contains(groups, d.Type) {
				groups = append(groups, d.Type)
			}
			if d.Type == wanted {
				return groups, nil
			}
			if err := d.Ack(false); err != nil {
				return nil, err
			}
		case <-time.After(enough):
			return groups, nil
		}
	}
}

// recordedOn returns the groups that are recorded on a server, if any ever were, up to one
// that is looked for.
func (s *server) recordedOn(conn *amqp.Connection, wanted string) (groups []string, err error) {
	err = try(conn, func(ch *amqp.Channel) (err error) {
		groups, err = recorded(ch, s.names.record(), wanted)
		return err
	})
	if hasCode(err, amqp.NotFound) {
		err = nil
	}
	return groups, err
}

// Waiting returns how many messages of each group are ready, and how many this process has
// not acknowledged. Those that others have received are not told, nor those that are parked
// for a group that this process does not have.
func (s *server) Waiting(ctx context.Context, mine map[string]*brokerbus.Group) (map[string]int, error) {
	l, err := s.current()
	if err != nil {
		return nil, err
	}
	waiting, err := s.ready(ctx, l.conn)
	if err != nil {
		return nil, err
	}
	for name, g := range mine {
		waiting[name] += g.Received()
	}
	return waiting, nil
}

// ready returns how many messages of each group are ready.
func (s *server) ready(ctx context.Context, conn *amqp.Connection) (map[string]int, error) {
	found := make(chan map[string]int, 1)
	err := within(ctx, s.config.ConnectTimeout, func() error {
		queues, err := s.queues(conn)
		waiting := map[string]int{}
		for group, names := range queues {
			for _, name := range names {
				q, _, failed := inspect(conn, name)
				err = errors.Join(err, failed)
				waiting[group] += q.Messages
			}
		}
		found <- waiting
		return err
	})
	if err != nil {
		return nil, err
	}
	return <-found, nil
}

// queues returns those of all groups, as far as their names are known.
func (s *server) queues(conn *amqp.Connection) (map[string][]string, error) {
	groups, err := s.recordedOn(conn, "")
	all := map[string][]string{}
	for _, group := range groups {
		for p := range brokerbus.Partitions {
			all[group] = append(all[group], s.names.queue(group, p))
		}
	}
	for _, g := range s.members() {
		g.mu.Lock()
		all[g.Name] = slices.Clone(g.queues)
		g.mu.Unlock()
	}
	return all, err
}
