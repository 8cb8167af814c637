package activemqbus

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// members knows which processes have the bus of this service, itself included. Each
// publishes what it is and does on a topic, again and again, and receives what all of
// them publish.
type members struct {
	server  *server
	self    string
	changed chan struct{} // signalled when this one has something to say

	mu    sync.Mutex
	known map[string]member // by name
	said  uint64            // how often this one has spoken
	heard map[uint64]chan struct{}
	since time.Time // since when it has heard everything
	round *round    // that is about to begin, if any
	turn  int       // counts turns, where members take turns
	began time.Time // when the turn did
}

// member is what was last heard of one.
type member struct {
	heartbeat
	latest time.Time
}

// heartbeat is what a member says.
type heartbeat struct {
	Member string                `json:"member"`
	Said   uint64                `json:"said"`
	Gone   bool                  `json:"gone,omitempty"`
	Turn   int                   `json:"turn"`
	Clock  int64                 `json:"clock"`
	Groups map[string]membership `json:"groups"`
	Facts  []fact                `json:"facts"`
}

// membership is what a member does in a group.
type membership struct {
	Topics []string `json:"topics"` // that this version of the service handles, sorted
	Holds  []int    `json:"holds"`  // the partitions whose messages it may be handling
}

func newMembers(b *server) *members {
	return &members{
		server: b, self: kit.NewUUID().String(), changed: make(chan struct{}, 1),
		known: map[string]member{}, heard: map[uint64]chan struct{}{},
	}
}

// say publishes a heartbeat and returns when this member itself has heard it. It has
// then also heard what every other member had said before.
func (m *members) say(ctx context.Context) error {
	l, err := m.server.connected()
	if err != nil {
		return err
	}
	body, heard, forget, err := m.compose()
	if err != nil {
		return err
	}
	defer forget()
	if err := m.publish(ctx, l, body); err != nil {
		return err
	}
	select {
	case <-heard:
		return nil
	case <-l.up.Done():
		return context.Cause(l.up)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// round is a heartbeat that several wait for.
type round struct {
	ended chan struct{}
	err   error
}

// catchUp is say for those that are not in a hurry: they share a heartbeat, and there are
// ten a second at most.
func (m *members) catchUp(ctx context.Context) error {
	m.mu.Lock()
	r := m.round
	if r == nil {
		r = &round{ended: make(chan struct{})}
		m.round = r
		m.server.tended.Go(func() { m.begin(r) })
	}
	m.mu.Unlock()
	select {
	case <-r.ended:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m *members) begin(r *round) {
	select {
	case <-time.After(100 * time.Millisecond):
	case <-m.server.alive.Done():
	}
	m.mu.Lock()
	m.round = nil
	m.mu.Unlock()
	ctx, cancel := context.WithTimeout(m.server.alive, m.server.config.ConnectTimeout)
	defer cancel()
	r.err = m.say(ctx)
	close(r.ended)
}

// publish publishes what was composed. It need not be stored.
func (m *members) publish(ctx context.Context, l *link, body []byte) error {
	message := newMessage(body, nil)
	message.Header.Durable = false
	return l.send(ctx, l.says, message)
}

// compose returns the next heartbeat, and what is closed when it is heard.
func (m *members) compose() (body []byte, heard chan struct{}, forget func(), err error) {
	groups := m.server.memberships()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.said++
	said := m.said
	heard = make(chan struct{})
	m.heard[said] = heard
	body, err = json.Marshal(heartbeat{
		Member: m.self, Said: said, Turn: m.turn, Clock: m.server.clock.next(), Groups: groups, Facts: m.server.facts.list(),
	})
	return body, heard, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.heard, said)
	}, err
}

// leave says goodbye. If that gets lost, the others wait for heartbeats.
func (m *members) leave() {
	l, err := m.server.connected()
	if err != nil {
		return
	}
	body, err := json.Marshal(heartbeat{Member: m.self, Gone: true, Clock: m.server.clock.next()})
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(l.up, m.server.config.Lease/8)
	defer cancel()
	_ = m.publish(ctx, l, body)
}

// speaking says something when it has changed, until the bus is closed.
func (m *members) speaking() {
	for {
		select {
		case <-m.server.alive.Done():
			return
		case <-m.changed:
		}
		ctx, cancel := context.WithTimeout(m.server.alive, m.server.config.Lease/4)
		_ = m.say(ctx) // there will be another one soon
		cancel()
	}
}

// listen receives heartbeats until the connection is lost.
func (m *members) listen(l *link) error {
	for {
		message, err := l.hears.Receive(l.up, nil)
		if err != nil {
			return err
		}
		if err := l.hears.AcceptMessage(l.up, message); err != nil {
			return err
		}
		m.hear(message)
	}
}

// connected notes that something may have been missed until now.
func (m *members) connected() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.since = time.Now()
	for name, of := range m.known {
		of.latest = m.since
		m.known[name] = of
	}
}

// hear notes what a member says.
func (m *members) hear(message *amqp.Message) {
	var h heartbeat
	if err := json.Unmarshal(message.GetData(), &h); err != nil {
		return // it is none
	}
	m.server.clock.observe(h.Clock)
	if m.server.facts.learn(h.Facts...) {
		signal(m.server.news)
	}
	m.mu.Lock()
	maps.DeleteFunc(m.known, func(_ string, of member) bool { return time.Since(of.latest) > m.server.config.Lease })
	_, known := m.known[h.Member]
	if h.Gone {
		delete(m.known, h.Member)
	} else {
		m.known[h.Member] = member{h, time.Now()}
	}
	m.turn = max(m.turn, h.Turn)
	if heard := m.heard[h.Said]; heard != nil && h.Member == m.self {
		close(heard)
		delete(m.heard, h.Said)
	}
	m.mu.Unlock()
	if !known && !h.Gone {
		signal(m.changed) // for the new one to hear
	}
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	m.server.nudge()
}

// memberships returns what this member does.
func (b *server) memberships() map[string]membership {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := map[string]membership{}
	for name, g := range b.groups {
		all[name] = membership{g.Topics(), g.holds()}
	}
	return all
}

// share returns which partitions this member is to have of a group. Where the members
// are of versions of the service that handle different topics, those that handle all of
// them have all partitions. If there are none, all members take turns.
func (m *members) share(group string, topics []string) (mine [partitions]bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	versions := map[string][]string{}
	for name, of := range m.known {
		if in, ok := of.Groups[group]; ok && time.Since(of.latest) < m.server.config.Lease {
			versions[name] = in.Topics
		}
	}
	versions[m.self] = topics
	all := map[string]bool{}
	for _, of := range versions {
		for _, topic := range of {
			all[topic] = true
		}
	}
	names := slices.Sorted(maps.Keys(versions))
	complete := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return len(versions[name]) < len(all) })
	if len(complete) == 0 {
		complete = names
		m.take(names[0] == m.self)
	}
	for p := range mine {
		mine[p] = complete[(p+m.turn)%len(complete)] == m.self
	}
	return mine
}

// take begins the next turn once one has lasted for a while. One member does so for all.
// It needs the lock.
func (m *members) take(first bool) {
	if first && time.Since(m.began) > m.server.config.Lease {
		m.turn++
		m.began = time.Now()
		signal(m.changed)
	}
}

// busy reports whether another member may be handling messages of a partition.
func (m *members) busy(group string, p int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, of := range m.known {
		if name != m.self && slices.Contains(of.Groups[group].Holds, p) && time.Since(of.latest) < m.server.config.Lease {
			return true
		}
	}
	return false
}

// new reports whether this member may not have heard yet of all that hold partitions.
func (m *members) new() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Since(m.since) < m.server.config.Lease
}

var errGone = errors.New("this member is not to have the partition any more")

// await waits until no other member can be handling messages of a partition that the
// broker delivers to this one. Messages that were delivered to another member before
// may be of one that this member has not heard of yet.
func (m *members) await(ctx context.Context, group string, p int, again bool) error {
	if err := m.say(ctx); err != nil {
		return err
	}
	for m.busy(group, p) || again && m.new() {
		select {
		case <-time.After(brokerbus.Pause / 20):
		case <-ctx.Done():
			return errGone
		}
	}
	return nil
}
