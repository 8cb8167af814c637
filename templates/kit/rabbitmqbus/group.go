package rabbitmqbus

import (
	"context"
	"errors"
	"fmt"
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

// groups are those of this process.
type groups struct {
	mu  sync.Mutex
	all map[string]*group
}

func (gs *groups) add(g *group) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if gs.all == nil {
		gs.all = map[string]*group{}
	}
	gs.all[g.Name] = g
}

func (gs *groups) get(name string) *group {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	return gs.all[name]
}

// receive reports whether any of them receives a topic.
func (gs *groups) receive(topic string) bool {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	for _, g := range gs.all {
		if g.Knows(topic) {
			return true
		}
	}
	return false
}

// declare makes what the groups have on the server.
func (gs *groups) declare(conn *amqp.Connection) error {
	gs.mu.Lock()
	all := slices.Collect(maps.Values(gs.all))
	gs.mu.Unlock()
	for _, g := range all {
		if err := try(conn, g.declare); err != nil {
			return err
		}
	}
	return nil
}

// fault returns why what a group has on the server cannot be looked after.
func (gs *groups) fault() error {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	for _, g := range gs.all {
		if fault := g.fault.Load(); fault != nil && g.Active.Err() == nil {
			return *fault
		}
	}
	return nil
}

// group is this process's membership of a group.
type group struct {
	*brokerbus.Group
	server *server
	fault  atomic.Pointer[error] // why what it has on the server cannot be looked after; nil if it can

	handling sync.WaitGroup                      // partitions
	held     [brokerbus.Partitions]chan struct{} // has one for a partition that is held over a connection, perhaps a lost one

	mu    sync.Mutex
	parks map[string]bool // the queues that may have parked messages
}

// groupTimeout is how many times ConnectTimeout it may take to make what a group has,
// which is some fifty requests.
const groupTimeout = 5

// settling is how long a new queue may lose what it confirmed.
const settling = time.Second

// Join makes the exchange and the queues of a group.
func (s *server) Join(ctx context.Context, of *brokerbus.Group) (run func(), err error) {
	g := &group{Group: of, server: s, parks: map[string]bool{}}
	for p := range g.held {
		g.held[p] = make(chan struct{}, 1)
	}
	for _, topic := range g.Topics() {
		if len(s.names.parked(g.Name, 0, topic)) > longestName || len("00."+toOne(g.Name, topic)) > longestName {
			return nil, kit.Errorf(kit.Invalid, "topic %q is too long for RabbitMQ", topic)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(of.Active, cancel)() // the bus is closed
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, s.config.explain(err)
	}
	if err := within(ctx, groupTimeout*s.config.ConnectTimeout, func() error { return g.make(conn) }); err != nil {
		s.hangUp(conn)
		return nil, s.config.explain(err)
	}
	s.groups.add(g)
	return func() { g.run(conn) }, nil
}

// Waiting returns how many messages of a group are ready, and how many this process has
// not acknowledged. Those that others have received are not told.
func (s *server) Waiting(ctx context.Context, of *brokerbus.Group) (int, error) {
	l, why := s.publisher.current()
	if l == nil {
		return 0, why
	}
	if why := l.fault(); why != nil { // it answers nothing now
		return 0, why
	}
	g := s.groups.get(of.Name)
	queues := slices.Collect(maps.Keys(g.parked()))
	for p := range brokerbus.Partitions {
		queues = append(queues, s.names.queue(g.Name, p))
	}
	var n atomic.Int64
	err := within(ctx, s.config.ConnectTimeout, func() error {
		for _, queue := range queues {
			ready, _, err := inspect(l.conn, queue)
			if err != nil {
				return err
			}
			n.Add(int64(ready))
		}
		return nil
	})
	return int(n.Load()) + g.Received(), err
}

// inspect returns how many messages of a queue are ready, and whether there is one.
func inspect(conn *amqp.Connection, name string) (ready int, exists bool, err error) {
	err = try(conn, func(ch *amqp.Channel) error {
		q, err := ch.QueueDeclarePassive(name, true, false, false, false, nil)
		ready = q.Messages
		return err
	})
	if hasCode(err, amqp.NotFound) {
		return 0, false, nil
	}
	return ready, err == nil, err
}

// make makes what a group has on the server. New queues are bound after a while.
func (g *group) make(conn *amqp.Connection) error {
	if err := g.server.declare(conn); err != nil {
		return err
	}
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	_, err = ch.QueueDeclarePassive(g.server.names.queue(g.Name, brokerbus.Partitions-1), true, false, false, false, nil)
	isNew := hasCode(err, amqp.NotFound)
	if err != nil && !isNew {
		return err
	}
	if isNew { // the error has closed the channel
		if ch, err = conn.Channel(); err != nil {
			return err
		}
		if err := g.declareQueues(ch); err != nil {
			return err
		}
		time.Sleep(settling)
	}
	return g.declare(ch)
}

// queueArguments are those of queues. Each has one consumer at a time. What that did not
// acknowledge is delivered again as often as need be, and a full queue, if a policy limits
// it, refuses what is new.
func queueArguments() amqp.Table {
	return amqp.Table{"x-queue-type": "quorum", "x-single-active-consumer": true, "x-delivery-limit": int64(-1), "x-overflow": "reject-publish"}
}

func (g *group) declareQueues(ch *amqp.Channel) error {
	for p := range brokerbus.Partitions {
		if _, err := ch.QueueDeclare(g.server.names.queue(g.Name, p), true, false, false, false, queueArguments()); err != nil {
			return err
		}
	}
	return nil
}

// noteParked notes that a queue may have parked messages.
func (g *group) noteParked(queue string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.parks[queue] = true
}

// parked returns the queues that may have parked messages.
func (g *group) parked() map[string]bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.parks)
}

// declare makes what the group has on the server, unless it is there.
func (g *group) declare(ch *amqp.Channel) error {
	if err := g.declareQueues(ch); err != nil {
		return err
	}
	exchange := g.server.names.group(g.Name)
	if err := ch.ExchangeDeclare(exchange, amqp.ExchangeTopic, true, false, false, false, nil); err != nil {
		return err
	}
	for p := range brokerbus.Partitions {
		if err := g.bind(ch, p); err != nil {
			return err
		}
	}
	for _, topic := range g.Topics() {
		for _, key := range []string{toAll(topic), toOne(g.Name, topic)} {
			if err := ch.ExchangeBind(exchange, "*."+key, string(g.server.names), false, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// bind has the queue of a partition receive its messages.
func (g *group) bind(ch *amqp.Channel, p int) error {
	return ch.QueueBind(g.server.names.queue(g.Name, p), fmt.Sprintf("%02d.#", p), g.server.names.group(g.Name), false, nil)
}

// errEnded is why messages are received over another connection or channel.
var errEnded = errors.New("the connection has ended")

// run receives messages over one connection after another, until the group is to end.
func (g *group) run(conn *amqp.Connection) {
	g.session(conn)
	brokerbus.Until(g.Active, func() error {
		conn, err := g.server.connect(g.Active)
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
	claim := brokerbus.NewClaim(g.server.config.Lease, func(ctx context.Context) error {
		return within(ctx, g.server.config.Lease, func() error { return control.Qos(1, 0, false) }) // any question will do
	})
	_ = claim.Renew() // if that fails, the claim has expired already
	up, down := context.WithCancel(claim.While())
	var work, partitions sync.WaitGroup
	work.Go(func() { claim.Keep(up.Done()) })
	work.Go(func() { g.tend(up, conn) })
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
	g.server.hangUp(conn)
	work.Wait()
}

// tendInterval is how long it takes until a group looks again at what it has on the
// server.
const tendInterval = 5 * time.Second

// tend has what the group has on the server be there, for as long as the connection is.
func (g *group) tend(up context.Context, conn *amqp.Connection) {
	pause := tendInterval
	for retry.Wait(up, pause) == nil {
		err := within(up, groupTimeout*g.server.config.ConnectTimeout, func() error {
			if err := g.server.declare(conn); err != nil {
				return err
			}
			return try(conn, g.declare)
		})
		switch pause = tendInterval; {
		case err == nil:
			g.fault.Store(nil)
		case up.Err() == nil:
			g.fault.Store(&err)
			pause = brokerbus.Pause // what was amiss is looked after soon
		}
	}
}
