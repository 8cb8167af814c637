package brokerbus_test

import (
	"context"
	"maps"
	"sync"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/bustest"
)

// toy is a broker, as a server would be: a log for each partition, and for each group
// where it is in them.
type toy struct {
	mu     sync.Mutex
	logs   [brokerbus.Partitions][]kit.Message
	groups map[string]*toyGroup
	grown  chan struct{} // closed, and another one made, when a log has grown
}

// toyGroup is what the broker knows of a group.
type toyGroup struct {
	starts [brokerbus.Partitions]map[string]uint64 // by topic: what was there before
	places [brokerbus.Partitions]brokerbus.Place
	owned  [brokerbus.Partitions]bool
}

func newToy() *toy { return &toy{groups: map[string]*toyGroup{}, grown: make(chan struct{})} }

// enroll makes known that a group receives topics from now on, unless it does already.
func (b *toy) enroll(name string, topics []string) *toyGroup {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.groups[name] == nil {
		b.groups[name] = &toyGroup{}
	}
	g := b.groups[name]
	for p := range g.starts {
		if g.starts[p] == nil {
			g.starts[p] = map[string]uint64{}
		}
		for _, topic := range topics {
			if _, known := g.starts[p][topic]; !known {
				g.starts[p][topic] = uint64(len(b.logs[p]))
			}
		}
	}
	return g
}

// own makes a member the owner of a partition, unless there is one.
func (b *toy) own(g *toyGroup, p int) (at brokerbus.Place, starts map[string]uint64, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ok = !g.owned[p]
	g.owned[p] = true
	return g.places[p], maps.Clone(g.starts[p]), ok
}

// leave keeps the place of a group in a partition, which another member may own now.
func (b *toy) leave(g *toyGroup, p int, at brokerbus.Place) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g.places[p], g.owned[p] = at, false
}

// read returns the messages after a position, the first of which is 1, and what is
// closed when there are more.
func (b *toy) read(p int, after uint64, limit int) ([]kit.Message, chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	messages := b.logs[p][min(int(after), len(b.logs[p])):]
	return messages[:min(limit, len(messages))], b.grown
}

// driver is the connection of a process to the broker.
type driver struct{ broker *toy }

func (d driver) Send(o *brokerbus.Outgoing) {
	d.broker.mu.Lock()
	p := o.Partition()
	d.broker.logs[p] = append(d.broker.logs[p], o.Message)
	close(d.broker.grown)
	d.broker.grown = make(chan struct{})
	d.broker.mu.Unlock()
	o.Done(nil)
}

func (d driver) Join(_ context.Context, g *brokerbus.Group) (run func(), err error) {
	known := d.broker.enroll(g.Name, g.Topics())
	return func() {
		var partitions sync.WaitGroup
		for p := range brokerbus.Partitions {
			partitions.Go(func() { d.handle(g, known, p) })
		}
		partitions.Wait()
	}, nil
}

// handle handles a partition, if no other member does, until the group ends. The broker
// takes a partition from nobody, so it is never lost.
func (d driver) handle(g *brokerbus.Group, known *toyGroup, p int) {
	at, starts, ok := d.broker.own(known, p)
	if !ok {
		return
	}
	l := g.OwnLog(context.Background(), func() bool { return true }, at, starts)
	for l.Active.Err() == nil {
		messages, grown := d.broker.read(p, l.Next(), l.Room())
		for i := range messages {
			l.Receive(l.Next()+1, &messages[i])
		}
		if len(messages) == 0 {
			select {
			case <-grown:
			case <-l.Active.Done():
			}
		}
	}
	l.Close()
	d.broker.leave(known, p, l.Take())
}

func (d driver) Waiting(context.Context, map[string]*brokerbus.Group) (map[string]int, error) {
	d.broker.mu.Lock()
	defer d.broker.mu.Unlock()
	waiting := map[string]int{}
	for name, known := range d.broker.groups {
		for p, at := range known.places {
			waiting[name] += at.Behind(uint64(len(d.broker.logs[p])), known.starts[p])
		}
	}
	return waiting, nil
}

func (driver) Ping(context.Context) error { return nil }

func (driver) Capability() kit.BusCapability {
	return kit.BusCapability{Durable: true, Connected: true}
}

func (driver) Close() {}

func TestToy(t *testing.T) {
	brokertest.NoGoroutineLeft(t)
	bustest.Run(t, func(*testing.T) kit.Bus { return brokerbus.New(driver{newToy()}, 1000) })
}
