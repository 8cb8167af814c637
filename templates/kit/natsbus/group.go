package natsbus

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// group is this process's membership of a group: it takes its share of the turns
// and handles their partitions.
type group struct {
	bus     *Bus
	name    string
	topics  []string
	handler kit.Handler
	id      string // this member

	ctx     context.Context // of handlers: it ends when they are cut off
	cutOff  context.CancelFunc
	halt    context.Context // it ends when nothing more is to be begun
	haltNow context.CancelFunc
	leave   chan struct{} // closed when all partitions have ended
	leaving sync.Once
	ended   chan struct{}  // closed when everything has
	taking  sync.WaitGroup // who takes turns
	parts   sync.WaitGroup // one for each turn
	work    sync.WaitGroup // what goes on until all of these have ended

	gathering *nats.Subscription

	mu      sync.Mutex
	held    map[int]*turn
	members map[string]time.Time // the others, and when they were last heard of
	changed chan struct{}        // told when the share may be another
}

func newGroup(b *Bus, s kit.Subscription, h kit.Handler) *group {
	topics := slices.Clone(s.Topics)
	slices.Sort(topics)
	g := &group{
		bus: b, name: s.Group, topics: slices.Compact(topics), handler: h, id: kit.NewUUID().String(),
		leave: make(chan struct{}), ended: make(chan struct{}),
		held: map[int]*turn{}, members: map[string]time.Time{}, changed: make(chan struct{}, 1),
	}
	g.ctx, g.cutOff = context.WithCancel(context.Background())
	g.halt, g.haltNow = context.WithCancel(context.Background())
	return g
}

// start makes the group's consumers and begins to take turns.
func (g *group) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, max(g.bus.config.ConnectTimeout, 5*time.Second))
	defer cancel()
	err := each(func(p int) error {
		_, err := g.bus.js.CreateOrUpdateConsumer(ctx, g.bus.config.stream(p), g.consumerConfig(p))
		return err
	})
	if err != nil {
		return err
	}
	if _, err := g.bus.js.CreateOrUpdateConsumer(ctx, g.bus.turnStream(), g.turnConfig()); err != nil {
		return err
	}
	if g.gathering, err = g.bus.conn.Subscribe(g.bus.subjects.members(g.name), g.heard); err != nil {
		return err
	}
	g.taking.Go(g.takeTurns)
	g.work.Go(g.keepTurns)
	g.work.Go(g.attend)
	return nil
}

// takeTurns takes turns until the group has its share, for as long as it goes on.
func (g *group) takeTurns() {
	for g.halt.Err() == nil {
		want := g.share() - g.holds()
		if want <= 0 {
			g.pause(time.Second)
			continue
		}
		asked := time.Now()
		err := g.bus.pull(g.halt, g.bus.turnStream(), g.name, want, g.bus.config.Lease/2, func(m *nats.Msg) { g.take(m, asked) })
		if err != nil {
			g.pause(250 * time.Millisecond)
		}
	}
}

// pause waits for less than d, until the share may be another, or the halt.
func (g *group) pause(d time.Duration) {
	t := time.NewTimer(rand.N(d) + 1)
	defer t.Stop()
	select {
	case <-t.C:
	case <-g.changed:
	case <-g.halt.Done():
	}
}

// take begins a partition. The server has given the turn after it was asked, and
// takes it back a lease later: if that is over, the turn may be another's.
func (g *group) take(m *nats.Msg, asked time.Time) {
	p, err := g.bus.subjects.parseTurn(m.Subject)
	if err != nil {
		g.bus.answer(m, term) // nobody's turn
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if old := g.held[p]; old != nil {
		// It came again before its end here: it was forgotten by the server, or lost
		// by this process. That one ends now, and this comes again.
		old.lose()
		return
	}
	t := newTurn(g, p, m, asked.Add(g.bus.config.Lease))
	if g.halt.Err() != nil {
		t.giveBack()
		return
	}
	g.held[p] = t
	g.parts.Go(func() {
		t.run()
		g.mu.Lock()
		delete(g.held, p)
		g.mu.Unlock()
		g.tell()
	})
}

// keepTurns renews the turns, and what is held with them, until the group has left.
func (g *group) keepTurns() {
	tick := time.NewTicker(g.bus.config.Lease / 5)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			g.renew()
		case <-g.leave:
			return
		}
	}
}

// renew asks for each turn again. The first failure ends the round: what was not
// renewed has the next, or ends with its lease.
func (g *group) renew() {
	ctx, cancel := context.WithTimeout(context.Background(), g.bus.config.Lease/5)
	defer cancel()
	for _, t := range g.turnsHeld() {
		if err := t.renew(ctx); err != nil {
			return
		}
	}
}

// attend tells the other members of this one, and gives up turns that are theirs.
func (g *group) attend() {
	tick := time.NewTicker(g.bus.config.Lease / 8)
	defer tick.Stop()
	for {
		g.announce("+")
		g.yieldTurns()
		select {
		case <-tick.C:
		case <-g.leave:
			g.announce("-")
			return
		}
	}
}

func (g *group) announce(sign string) {
	_ = g.bus.conn.Publish(g.bus.subjects.members(g.name), []byte(sign+g.id)) // it is said again, or found out
}

// heard notes who is there. A new member is greeted at once.
func (g *group) heard(m *nats.Msg) {
	said := string(m.Data)
	id, comes := strings.CutPrefix(said, "+")
	if !comes {
		id = strings.TrimPrefix(said, "-")
	}
	if id == g.id {
		return
	}
	g.mu.Lock()
	_, known := g.members[id]
	if comes {
		g.members[id] = time.Now()
	} else {
		delete(g.members, id)
	}
	g.mu.Unlock()
	if comes && !known {
		g.announce("+")
		g.yieldTurns()
	}
	if comes != known {
		g.tell()
	}
}

func (g *group) tell() {
	select {
	case g.changed <- struct{}{}:
	default:
	}
}

// share is how many turns this member should have.
func (g *group) share() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	for id, heard := range g.members {
		if time.Since(heard) > g.bus.config.Lease {
			delete(g.members, id)
		}
	}
	all := len(g.members) + 1
	return (partitions + all - 1) / all
}

func (g *group) holds() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.held)
}

func (g *group) turnsHeld() []*turn {
	g.mu.Lock()
	defer g.mu.Unlock()
	held := make([]*turn, 0, len(g.held))
	for _, t := range g.held {
		held = append(held, t)
	}
	return held
}

// yieldTurns gives up what is more than the share.
func (g *group) yieldTurns() {
	share := g.share()
	held := g.turnsHeld()
	for _, t := range held[min(share, len(held)):] {
		t.yield()
	}
}

// reconnected begins all partitions anew: what was on its way is lost.
func (g *group) reconnected() {
	for _, t := range g.turnsHeld() {
		t.interrupt()
	}
	g.tell()
}

// stop ends the subscription: see kit.Bus.
func (g *group) stop(ctx context.Context) error {
	g.haltNow()
	g.leaving.Do(func() { go g.wind() })
	select {
	case <-g.ended:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-g.ended: // both: nothing was cut off
		return nil
	default:
	}
	g.cutOff()
	<-g.ended
	return kit.Wrap(kit.Unavailable, ctx.Err(), "handlers of group "+g.name+" were cut off")
}

// wind ends what start began, in the order that keeps turns until their handlers
// have returned.
func (g *group) wind() {
	g.taking.Wait()
	g.parts.Wait()
	close(g.leave)
	g.work.Wait()
	_ = g.gathering.Unsubscribe() // the connection may be gone, and the subscription with it
	g.cutOff()
	g.bus.forget(g)
	close(g.ended)
}
