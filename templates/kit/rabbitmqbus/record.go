package rabbitmqbus

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// The groups that there are, in whichever version of the service, are recorded in a stream:
// a queue that is read from its first message on, and from which nothing is removed.
//
// A stream whose server is killed in the moment in which it is made is there afterwards, never
// runs, and cannot be removed. Nothing has been recorded in it then, and another one takes its
// place. So a stream is used when it has settled, and all those that run are read.

// records is how many streams there may be.
const records = 8

// record records a group in the first stream that runs, unless it is.
func (g *group) record(conn *amqp.Connection) (err error) {
	for n := range records {
		if err = g.recordIn(conn, g.server.names.record(n)); !notRunning(err) {
			return err
		}
	}
	return err
}

func (g *group) recordIn(conn *amqp.Connection, record string) error {
	_, exists, err := inspect(conn, record)
	if err != nil {
		return err
	}
	if !exists {
		if err := try(conn, func(ch *amqp.Channel) error {
			_, err := ch.QueueDeclare(record, true, false, false, false, amqp.Table{"x-queue-type": "stream"})
			return err
		}); err != nil {
			return err
		}
		time.Sleep(settling)
	}
	return try(conn, func(ch *amqp.Channel) error {
		exchange := string(g.server.names)
		if err := ch.QueueBind(record, keyOfRecord, exchange, false, nil); err != nil {
			return err
		}
		known, err := recorded(ch, record, g.Name)
		if err != nil || slices.Contains(known, g.Name) {
			return err
		}
		return ch.Publish(exchange, keyOfRecord, false, false, amqp.Publishing{Type: g.Name, DeliveryMode: amqp.Persistent}) // or the next time
	})
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

// notRunning reports whether a server says that it does not run a queue or a stream that it has.
func notRunning(err error) bool {
	told, ok := errors.AsType[*amqp.Error](err)
	return ok && (strings.Contains(told.Reason, "does not have a running replica") || strings.Contains(told.Reason, "is down or inaccessible"))
}

// isMissing reports whether a server says that it does not have something.
func isMissing(err error) bool { return hasCode(err, amqp.NotFound) && !notRunning(err) }

// recordedOn returns the groups that are recorded on a server, if any ever were, up to one
// that is looked for, and whether it runs all streams in which they may be.
func (s *server) recordedOn(conn *amqp.Connection, wanted string) (groups []string, all bool, err error) {
	all = true
	for n := range records {
		var more []string
		err := try(conn, func(ch *amqp.Channel) (err error) {
			more, err = recorded(ch, s.names.record(n), wanted)
			return err
		})
		switch {
		case notRunning(err):
			all = false
		case isMissing(err):
			return groups, all, nil
		case err != nil:
			return nil, all, err
		}
		for _, group := range more {
			if !slices.Contains(groups, group) {
				groups = append(groups, group)
			}
		}
		if slices.Contains(more, wanted) {
			break
		}
	}
	return groups, all, nil
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
	groups, _, err := s.recordedOn(conn, "")
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
