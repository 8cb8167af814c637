package brokerbus

import (
	"context"
	"maps"
	"sync"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Bus is kit.Bus over a broker.
type Bus struct {
	driver    Driver
	publisher *publisher
	alive     context.Context // ends when the bus is closed
	end       context.CancelCauseFunc

	mu     sync.Mutex // held while a group starts, which takes a while
	groups map[string]*Group
}

// New returns a bus that has as many messages as window in flight to the broker before
// Publish blocks. Closing it closes the driver.
func New(d Driver, window int) *Bus {
	b := &Bus{driver: d, groups: map[string]*Group{}}
	b.alive, b.end = context.WithCancelCause(context.Background())
	b.publisher = newPublisher(b.alive, d, window)
	return b
}

// Publish sends messages to the broker: see kit.Bus. taken must not wait for this bus.
func (b *Bus) Publish(ctx context.Context, taken func(i int, err error), msgs ...kit.Message) {
	together := &publication{publisher: b.publisher, taken: taken, failed: map[string]error{}}
	all, largest, valid := make([]Outgoing, len(msgs)), b.Capability().Largest, ""
	for i, m := range msgs {
		if err := check(m, largest, valid); err != nil {
			taken(i, err)
			continue
		}
		valid = m.Topic
		if err := b.publisher.enter(ctx); err != nil {
			for ; i < len(msgs); i++ { // none may pass the one that has to wait
				taken(i, err)
			}
			return
		}
		all[i] = Outgoing{Message: m, publication: together, index: i}
		b.publisher.publish(&all[i])
	}
}

// Subscribe begins to deliver to a group: see kit.Bus.
func (b *Bus) Subscribe(ctx context.Context, s kit.Subscription, h kit.Handler) (func(context.Context) error, error) {
	if err := checkSubscription(s); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := context.Cause(b.alive); err != nil {
		return nil, err
	}
	if old := b.groups[s.Group]; old != nil && old.ended.Err() == nil {
		return nil, kit.Errorf(kit.Conflict, "group %s is already subscribed", s.Group)
	}
	g := newGroup(b.alive, s, h)
	run, err := b.driver.Join(ctx, g)
	if err != nil {
		return nil, err
	}
	b.groups[s.Group] = g
	go g.run(run)
	return g.stop, nil
}

// Ping asks the broker: see kit.Bus. One that answers and has refused what was published
// last, as one does whose disk is full, cannot be used either.
func (b *Bus) Ping(ctx context.Context) error {
	if err := context.Cause(b.alive); err != nil {
		return err
	}
	if err := b.driver.Ping(ctx); err != nil {
		return err
	}
	return b.publisher.ping()
}

// Backlog returns how many messages groups have not handled, by their names: of those that
// the broker has for any group, and of those that this process has received.
func (b *Bus) Backlog(ctx context.Context) (waiting, received map[string]int, err error) {
	b.mu.Lock()
	groups := maps.Clone(b.groups)
	b.mu.Unlock()
	received = map[string]int{}
	for name, g := range groups {
		received[name] = g.Received()
	}
	if waiting, err = b.driver.Waiting(ctx, groups); err != nil {
		return nil, nil, err
	}
	return waiting, received, context.Cause(b.alive)
}

// Capability is that of the driver.
func (b *Bus) Capability() kit.BusCapability { return b.driver.Capability() }

// Close ends every subscription: see kit.Bus. Handlers under way are cancelled and
// waited for.
func (b *Bus) Close() error {
	b.end(kit.Errorf(kit.Unavailable, "the bus is closed"))
	b.publisher.close()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, g := range b.groups {
		<-g.ended.Done()
	}
	b.driver.Close()
	return nil
}
