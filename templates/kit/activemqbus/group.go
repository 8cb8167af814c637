package activemqbus

import (
	"context"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// group is this process's membership of a group.
type group struct {
	*brokerbus.Group
	server *server
	nudged chan struct{}  // signalled when its share may have changed
	owning sync.WaitGroup // partitions

	mu    sync.Mutex
	slots [partitions]*slot // nil for a partition that it is not to have
}

// slot is a partition that this member is to have.
type slot struct {
	give  context.CancelFunc // gives it up
	holds bool               // whether its messages may be being handled
}

// run handles messages until the group is to end, and gives back what it has.
func (g *group) run() {
	for g.Active.Err() == nil {
		g.balance()
		select {
		case <-g.Active.Done():
		case <-g.nudged:
		case <-time.After(brokerbus.Pause):
		}
	}
	g.owning.Wait()
	g.server.mu.Lock()
	if g.server.groups[g.Name] == g {
		delete(g.server.groups, g.Name)
	}
	g.server.mu.Unlock()
	signal(g.server.members.changed)
}

// balance attaches to the partitions of the share of this member, and gives up others.
func (g *group) balance() {
	l, err := g.server.connected()
	if err != nil || !g.server.claim.Holds() {
		return
	}
	mine := g.server.members.share(g.Name, g.Topics())
	g.mu.Lock()
	defer g.mu.Unlock()
	for p, s := range g.slots {
		switch {
		case mine[p] && s == nil:
			g.own(l, p)
		case !mine[p] && s != nil:
			s.give()
		}
	}
}

// own has a partition handled. It needs the lock.
func (g *group) own(l *link, p int) {
	ctx, cancel := context.WithCancel(l.up)
	s := &slot{give: cancel}
	g.slots[p] = s
	stop := context.AfterFunc(g.Active, cancel)
	g.owning.Go(func() {
		newPartition(g, l, p).handle(ctx)
		stop()
		cancel()
		g.mu.Lock()
		held := s.holds
		g.slots[p] = nil
		g.mu.Unlock()
		if held {
			signal(g.server.members.changed)
		}
	})
}

// hold notes that messages of a partition may be handled from now on.
func (g *group) hold(p int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.slots[p].holds = true
}

// holds returns the partitions whose messages may be being handled.
func (g *group) holds() (all []int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for p, s := range g.slots {
		if s != nil && s.holds {
			all = append(all, p)
		}
	}
	return all
}
