package rabbitmqbus

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// group is this process's membership of a group.
type group struct {
	*brokerbus.Group
	server *server
	fault  atomic.Pointer[error] // why what it has on the server cannot be looked after; nil if it can

	handling sync.WaitGroup                   // partitions
	held     [brokerbus.Partitions]sync.Mutex // while one is received over a connection, perhaps a lost one

	mu     sync.Mutex
	queues []string // that it has or may have on the server
}

// members returns the groups of this process.
func (s *server) members() []*group {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.groups))
}

// receives reports whether any group of this process receives a topic.
func (s *server) receives(topic string) bool {
	return slices.ContainsFunc(s.members(), func(g *group) bool { return g.Knows(topic) })
}

// declareGroups makes what the groups of this process have on the server.
func (s *server) declareGroups(conn *amqp.Connection) error {
	for _, g := range s.members() {
		if err := try(conn, g.declare); err != nil {
			return err
		}
	}
	return nil
}

// spoiled returns why what a group has on the server cannot be looked after.
func (s *server) spoiled() error {
	for _, g := range s.members() {
		if fault := g.fault.Load(); fault != nil && g.Active.Err() == nil {
			return *fault
		}
	}
	return nil
}

// groupTimeout is how many times ConnectTimeout it may take to make what a group has,
// which is some fifty requests.
const groupTimeout = 5

// settling is how long after it was made a queue may still lose what it confirmed, or come to
// nothing, if its server is killed. Then it is there and never has a leader, and a channel
// that publishes to it or receives from it hangs. So a queue is bound when it has settled, and
// one that was not bound is made anew.
const settling = time.Second

// Join makes the queues of a group.
func (s *server) Join(ctx context.Context, of *brokerbus.Group) (run func(), err error) {
	g := &group{Group: of, server: s}
	for _, topic := range g.Topics() {
		if len(s.names.parked(g.Name, 0, topic)) > longestName || len(keyParked(0, g.Name, topic)) > longestName {
			return nil, kit.Errorf(kit.Invalid, "topic %q is too long for RabbitMQ", topic)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(of.Active, cancel)() // the bus is closed
	conn, err := g.connect(ctx)
	if err != nil {
		return nil, s.config.explain(err)
	}
	if err := within(ctx, groupTimeout*s.config.ConnectTimeout, func() error { return g.make(conn) }); err != nil {
		s.hangUp(conn)
		return nil, s.config.explain(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups[g.Name] = g
	return func() { g.run(conn) }, nil
}

// connect connects to receive messages. The server gives them to others when it has heard
// nothing for the lease, or half as long again.
func (g *group) connect(ctx context.Context) (*amqp.Connection, error) {
	return g.server.connect(ctx, g.server.config.Lease/2)
}

// inspect returns how many messages of a queue are ready and how many consumers it has, and
// whether there is one.
func inspect(conn *amqp.Connection, name string) (q amqp.Queue, exists bool, err error) {
	err = try(conn, func(ch *amqp.Channel) (err error) {
		q, err = ch.QueueDeclarePassive(name, true, false, false, false, nil)
		return err
	})
	if isMissing(err) {
		return q, false, nil
	}
	return q, err == nil, err
}

// make makes what a group has on the server. New queues are bound after a while, and before
// that the group is recorded.
func (g *group) make(conn *amqp.Connection) error {
	if _, err := g.server.declare(conn, true); err != nil {
		return err
	}
	recorded, settled, err := g.settled(conn)
	if err != nil {
		return err
	}
	if !settled {
		if err := try(conn, g.declareQueues); err != nil {
			return err
		}
		time.Sleep(settling)
	}
	if !recorded {
		if err := g.record(conn); err != nil {
			return err
		}
	}
	return try(conn, g.declare)
}

// settled reports whether the group is recorded and whether its queues may be bound, and
// removes those that somebody has made who did not get as far as that.
func (g *group) settled(conn *amqp.Connection) (recorded, settled bool, err error) {
	if recorded, _, err = g.recorded(conn); err != nil || recorded {
		return recorded, recorded, err
	}
	if _, left, err := inspect(conn, g.server.names.queue(g.Name, 0)); err != nil || !left {
		return false, false, err
	}
	time.Sleep(2 * settling) // another member may be about to
	recorded, all, err := g.recorded(conn)
	if err != nil || recorded || !all { // queues had settled before the stream was made that does not run
		return recorded, err == nil, err
	}
	for p := range brokerbus.Partitions {
		if err := discard(conn, g.server.names.queue(g.Name, p)); err != nil {
			return false, false, err
		}
	}
	return false, false, nil
}

// recorded reports whether the group is recorded, and whether all streams run in which it may
// be. A server that has just started answers before it runs them.
func (g *group) recorded(conn *amqp.Connection) (recorded, all bool, err error) {
	const attempts = 4
	for range attempts {
		var known []string
		if known, all, err = g.server.recordedOn(conn, g.Name); err != nil || slices.Contains(known, g.Name) {
			return err == nil, all, err
		}
		if all {
			break
		}
		time.Sleep(settling / 2)
	}
	return false, all, nil
}

// discard removes a queue that was never bound, if there is one.
func discard(conn *amqp.Connection, name string) error {
	q, exists, err := inspect(conn, name)
	if err != nil || !exists || q.Messages+q.Consumers > 0 {
		return err
	}
	return try(conn, func(ch *amqp.Channel) error {
		_, err := ch.QueueDelete(name, false, false, false)
		return err
	})
}

// declareQueue makes a queue, unless it is there.
func (g *group) declareQueue(ch *amqp.Channel, name string) error {
	g.has(name)
	return declareQueue(ch, name)
}

// has notes that the group has a queue.
func (g *group) has(queue string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !slices.Contains(g.queues, queue) {
		g.queues = append(g.queues, queue)
	}
}

// declareQueue makes a queue, unless it is there. It has one consumer at a time. What that
// did not acknowledge is delivered again as often as need be, and a full queue, if a policy
// limits it, refuses what is new.
func declareQueue(ch *amqp.Channel, name string) error {
	_, err := ch.QueueDeclare(name, true, false, false, false, amqp.Table{
		"x-queue-type": "quorum", "x-single-active-consumer": true, "x-delivery-limit": int64(-1), "x-overflow": "reject-publish",
	})
	return err
}

func (g *group) declareQueues(ch *amqp.Channel) error {
	for p := range brokerbus.Partitions {
		if err := g.declareQueue(ch, g.server.names.queue(g.Name, p)); err != nil {
			return err
		}
	}
	return nil
}

// declare makes what the group has on the server, unless it is there.
func (g *group) declare(ch *amqp.Channel) error {
	if err := g.declareQueues(ch); err != nil {
		return err
	}
	for p := range brokerbus.Partitions {
		if err := g.bind(ch, p); err != nil {
			return err
		}
	}
	return nil
}

// bind has the queue of a partition receive its messages. The last request is answered,
// and by it those before.
func (g *group) bind(ch *amqp.Channel, p int) error {
	queue, exchange := g.server.names.queue(g.Name, p), string(g.server.names)
	for _, topic := range g.Topics() {
		for _, key := range []string{keyToAll(p, topic), keyToOne(p, g.Name, topic)} {
			if err := ch.QueueBind(queue, key, exchange, true, nil); err != nil {
				return err
			}
		}
	}
	return ch.QueueBind(queue, keyOfMarker(p, g.Name), exchange, false, nil)
}

// errEnded is why messages are received over another connection or channel.
var errEnded = errors.New("the connection has ended")

// run receives messages over one connection after another, until the group is to end.
func (g *group) run(conn *amqp.Connection) {
	g.session(conn)
	brokerbus.Until(g.Active, func() error {
		conn, err := g.connect(g.Active)
		if err != nil {
			return err
		}
		g.session(conn)
		return errEnded
	})
	g.handling.Wait()
}

// session receives messages over a connection. Partitions whose handlers go on when it is
// lost do not hold up the others.
func (g *group) session(conn *amqp.Connection) {
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	control, err := conn.Channel()
	if err != nil {
		g.server.hangUp(conn)
		return
	}
	lasts := min(g.server.config.Lease, 2*conn.Config.Heartbeat) // of which the server may want a shorter one
	claim := brokerbus.NewClaim(lasts, func(ctx context.Context) error {
		return within(ctx, lasts, func() error { return control.Qos(1, 0, false) }) // any question will do
	})
	_ = claim.Renew() // if that fails, the claim has expired already
	up, down := context.WithCancel(claim.While())
	var work, partitions sync.WaitGroup
	work.Go(func() { claim.Keep(up.Done()) })
	work.Go(func() { g.tend(up, claim, conn) })
	for p := range brokerbus.Partitions {
		g.handling.Add(1)
		partitions.Go(func() {
			defer g.handling.Done()
			g.receive(up, claim, conn, p)
		})
	}
	g.handling.Go(func() {
		partitions.Wait()
		down()
	})
	select {
	case <-closed: //nolint:errcheck // why does not matter
	case <-up.Done():
	}
	down()
	claim.End()
	g.server.hangUp(conn)
	work.Wait()
}

// tendInterval is how long it takes until a group looks again at what it has on the
// server.
const tendInterval = 5 * time.Second

// tend has what the group has on the server be there, for as long as the connection is.
func (g *group) tend(up context.Context, claim *brokerbus.Claim, conn *amqp.Connection) {
	const recording = 12 // times, until it looks at the record
	pause := tendInterval
	for n := 0; retry.Wait(up, pause) == nil; n++ {
		asked := time.Now()
		err := within(up, groupTimeout*g.server.config.ConnectTimeout, func() error {
			if _, err := g.server.declare(conn, true); err != nil {
				return err
			}
			if n%recording == 0 {
				return errors.Join(try(conn, g.declare), g.record(conn))
			}
			return try(conn, g.declare)
		})
		switch pause = tendInterval; {
		case err == nil:
			claim.Answered(asked)
			g.fault.Store(nil)
		case up.Err() == nil:
			g.fault.Store(&err)
			pause = brokerbus.Pause // what was amiss is looked after soon
		}
	}
}
