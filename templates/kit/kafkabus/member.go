package kafkabus

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// member is one of a consumer group. It speaks the group's protocol itself, since a
// member that waits for a handler must not keep the others from sharing the partitions:
// it joins again at once, and says which partitions it still has.
type member struct {
	*group
	client *kgo.Client // that has the group's requests, and fetches
	admin  *kadm.Client
	topic  kadm.TopicID // of the events
	reader *reader
	claim  *brokerbus.Claim

	again chan struct{}   // signalled when the group must be joined again
	gone  context.Context // ends when it is no member any more
	lose  context.CancelFunc

	committing sync.Mutex

	mu         sync.Mutex
	saving     []*lease // those that wait for their last commit
	id         string
	generation int32
	joining    bool
	rebalance  time.Time // when the broker said first that the group must be joined again
	assigned   [partitions]bool
	turns      bool               // members take turns with partitions
	leases     [partitions]*lease // nil for one that it does not have
}

// newMember returns a member that the group does not know yet.
func newMember(g *group) (m *member, err error) {
	topic := g.server.topic.Load()
	m = &member{group: g, topic: topic.id, generation: -1, again: make(chan struct{}, 1)}
	m.client, err = g.server.newClient(
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{}), kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.KeepControlRecords(), kgo.FetchMaxWait(time.Second), kgo.FetchMaxPartitionBytes(1<<18),
	)
	if err != nil {
		return nil, err
	}
	m.admin = kadm.NewClient(m.client)
	m.reader = newReader(m.client, g.server.config.events())
	m.claim = brokerbus.NewClaim(g.server.config.Lease, m.heartbeat)
	m.gone, m.lose = context.WithCancel(topic.is)
	return m, nil
}

// run handles partitions until the group is to end and they are given up, or until this
// is no member any more.
func (m *member) run() {
	defer m.client.Close()
	defer context.AfterFunc(m.Active, m.finish)()
	var work sync.WaitGroup
	for m.gone.Err() == nil && m.join() != nil {
		_ = retry.Pause(m.gone, brokerbus.Pause) // the loop notices when it ends
	}
	work.Go(func() { m.claim.Keep(m.gone.Done()) })
	work.Go(func() { m.reader.read(m.gone) })
	work.Go(m.commitNowAndThen)
	for m.gone.Err() == nil {
		if m.balance() {
			brokerbus.Until(m.gone, m.join)
		}
	}
	work.Wait()
	m.depart()
}

// finish ends the membership of a group that is to end, once no partition is left.
func (m *member) finish() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.leases {
		if l != nil {
			return
		}
	}
	m.lose()
}

// balance acquires what this member is assigned, until the group must be joined again. It
// reports whether it must.
func (m *member) balance() bool {
	turn := m.nextTurn()
	for {
		var missing <-chan time.Time
		if !m.acquire() {
			missing = time.After(brokerbus.Pause / 4)
		}
		select {
		case <-m.gone.Done():
			return false
		case <-m.again:
			return true
		case <-turn:
			return true
		case <-missing:
		}
	}
}

// nextTurn returns when members take the next turn, if they do.
func (m *member) nextTurn() <-chan time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.turns {
		return nil
	}
	lease := m.server.config.Lease
	return time.After(lease - time.Duration(time.Now().UnixNano()%int64(lease)))
}

// rejoin has the group joined again.
func (m *member) rejoin() {
	select {
	case m.again <- struct{}{}:
	default:
	}
}

// holds reports whether nobody else can own what this member does.
func (m *member) holds() bool { return m.gone.Err() == nil && m.claim.Holds() }

// errGone is why a member does not go on.
var errGone = errors.New("it is no member of the group any more")

// acquire begins to handle the partitions that this member is assigned and does not have.
// It reports whether it has all.
func (m *member) acquire() bool {
	m.mu.Lock()
	missing := false
	for p, assigned := range m.assigned {
		missing = missing || assigned && m.leases[p] == nil
	}
	m.mu.Unlock()
	while := m.claim.While()
	if !missing || m.Active.Err() != nil {
		return true
	}
	if while.Err() != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(m.gone, m.server.config.ConnectTimeout)
	defer cancel()
	s := &state{}
	err := m.server.offsets(ctx, s)
	var places [partitions]place
	if err == nil {
		places, err = m.places(ctx)
	}
	if err != nil {
		m.server.look()
		return false
	}
	all := true
	for p := range m.assigned {
		all = m.acquireOne(while, int32(p), places[p], s.first[p], s.next[p]) && all
	}
	return all
}

// places returns where the group is.
func (m *member) places(ctx context.Context) ([partitions]place, error) {
	id, err := m.server.leaders(ctx)
	if err == nil && id != m.topic {
		err = errGone
	}
	if err != nil {
		return [partitions]place{}, err
	}
	return m.server.places(ctx, m.Name, m.topic)
}

// acquireOne begins to handle a partition if it is assigned. It has the records from first
// on, to before next.
func (m *member) acquireOne(while context.Context, p int32, at place, first, next int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.assigned[p] || m.leases[p] != nil {
		return true
	}
	if m.gone.Err() != nil || while.Err() != nil || !m.take(p) {
		return false
	}
	if at.ahead(next) { // the brokers lost messages: what they have is not what was read
		at = place{}.in(m.topic)
	}
	l := newLease(while, m, p, at, first)
	m.leases[p] = l
	m.running.Go(func() {
		l.run()
		m.leave(p)
		m.released(p)
	})
	return true
}

// released lets others have a partition.
func (m *member) released(p int32) {
	m.mu.Lock()
	m.leases[p] = nil
	m.mu.Unlock()
	m.rejoin()
	if m.Active.Err() != nil {
		m.finish()
	}
}

// saveInterval is how long it takes at most until what was handled is committed, which
// another member would handle again if this one died.
const saveInterval = 200 * time.Millisecond

// commitNowAndThen commits the places that have changed.
func (m *member) commitNowAndThen() {
	for retry.Wait(m.gone, saveInterval) == nil {
		var changed []*lease
		m.mu.Lock()
		for _, l := range m.leases {
			if l != nil && l.Changed() && l.Lost.Err() == nil {
				changed = append(changed, l)
			}
		}
		m.mu.Unlock()
		if len(changed) > 0 {
			m.committing.Lock()
			_ = m.commit(changed) // if it fails, the next attempt follows soon
			m.committing.Unlock()
		}
	}
}
