package activemqbus

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// server is the broker that a bus is on.
type server struct {
	service string
	config  Config
	names   names
	members *brokerbus.Members
	facts   facts

	alive  context.Context // ends when the bus is closed
	end    context.CancelFunc
	tended sync.WaitGroup
	news   chan struct{} // signalled when there may be something to do for tending

	mu    sync.Mutex
	link  *link // the latest one, which may be lost
	fault error // why there is no other
}

// New connects, and makes what the bus of a service needs on the broker. The error is
// Unavailable if another attempt may succeed, and Invalid if something must be changed
// first.
func New(ctx context.Context, service string, c Config) (*brokerbus.Bus, error) {
	c = c.filled()
	c.Topic = cmp.Or(c.Topic, service)
	b := &server{service: service, config: c, names: names(c.Topic), news: make(chan struct{}, 1)}
	b.alive, b.end = context.WithCancel(context.Background())
	b.members = brokerbus.NewMembers(c.Lease, b.say, func() any { return b.facts.list() })
	l, err := b.connect(ctx)
	if err != nil {
		b.end()
		return nil, c.explain(err)
	}
	b.link = l
	b.members.Start()
	b.tended.Go(b.tending)
	return brokerbus.New(b, c.Window), nil
}

// tending connects again when the connections are lost, and looks after what the bus
// has on the broker.
func (b *server) tending() {
	l := b.link
	for b.alive.Err() == nil {
		select {
		case <-b.alive.Done():
		case <-b.news:
			b.tend(l, b.complete)
		case <-time.After(20 * time.Second):
			b.tend(l, b.read) // somebody may have removed or made records
		case <-l.up.Done():
			b.tended.Go(l.close)
			b.failed(context.Cause(l.up))
			b.members.Missed()
			brokerbus.Until(b.alive, func() (err error) {
				if l, err = b.connect(b.alive); err == nil {
					b.mu.Lock()
					defer b.mu.Unlock()
					b.link, b.fault = l, nil
				} else {
					l = b.link
					b.failed(err)
				}
				return err
			})
		}
	}
	l.close()
}

// tend does something for what is on the broker. If that fails, it connects again. It is
// done again soon if the broker is slow.
func (b *server) tend(l *link, do func(context.Context, *link) error) {
	ctx, cancel := context.WithTimeout(l.up, 2*b.config.ConnectTimeout)
	defer cancel()
	if err := do(ctx, l); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		l.lose(err)
	}
}

// failed notes why there is no connection.
func (b *server) failed(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault = err
}

// connected returns the connections, or says why there are none.
func (b *server) connected() (*link, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.link
	err := context.Cause(l.up)
	if err == nil {
		return l, nil
	}
	if b.fault != nil {
		err = b.fault
	}
	return nil, kit.Wrap(kit.Unavailable, b.config.explain(err), "there is no connection to ActiveMQ at "+b.config.servers())
}

// Join makes a group known, and has its queues made.
func (b *server) Join(ctx context.Context, g *brokerbus.Group) (run func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, max(2*b.config.ConnectTimeout, 5*time.Second))
	defer cancel()
	l, err := b.connected()
	if err != nil {
		return nil, err
	}
	for _, topic := range g.Topics() {
		b.facts.learn(fact{Group: g.Name, Topic: topic})
	}
	if err = b.complete(ctx, l); err == nil {
		run, err = b.members.Join(ctx, g, func(ctx context.Context, p int) { b.handle(ctx, g, p) })
	}
	return run, b.config.explain(err)
}

// Ping asks the broker for a round trip.
func (b *server) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	if err := b.members.Say(ctx); err != nil {
		return kit.Wrap(kit.Unavailable, b.config.explain(err), "ActiveMQ at "+b.config.servers()+" cannot be used")
	}
	return nil
}

// Capability says that this bus keeps messages and reaches other processes.
func Capability() kit.BusCapability {
	return kit.BusCapability{Durable: true, Connected: true}
}

// Capability is that of every bus of this package, with the largest message.
func (b *server) Capability() kit.BusCapability {
	c := Capability()
	c.Largest = b.config.MaxMessage
	return c
}

// Close releases the connections.
func (b *server) Close() {
	b.members.Close()
	b.end()
	b.tended.Wait()
}
