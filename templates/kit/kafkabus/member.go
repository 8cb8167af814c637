package kafkabus

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// member is one of a consumer group, for as long as there is the topic of the events.
type member struct {
	*group
	client *kgo.Client // it joins, and fetches
	topic  kadm.TopicID
	claim  *brokerbus.Claim
	gone   context.Context // ends when it is no member any more
	lose   context.CancelFunc
	ended  chan struct{}  // signalled when a lease has ended
	leased sync.WaitGroup // leases

	mu        sync.Mutex
	rebalance time.Time          // when the broker said first that the group must be joined again
	has       [partitions]bool   // the client fetches them, or is about to
	stray     [partitions]bool   // the client fetches them, and is to give them up: there is no lease
	leases    [partitions]*lease // nil before the first fetch, and when it was given up
}

// newMember returns a member that begins to join the group.
func newMember(g *group) (m *member, err error) {
	topic, lease := g.server.topic.Load(), g.server.config.Lease
	m = &member{group: g, topic: topic.id, ended: make(chan struct{}, 1)}
	m.claim = brokerbus.NewClaim(lease, m.heartbeat)
	m.gone, m.lose = context.WithCancel(topic.is)
	m.mu.Lock() // the client calls before it is returned
	defer m.mu.Unlock()
	m.client, err = g.server.config.client(
		kgo.WithContext(m.gone),
		kgo.ConsumerGroup(g.id()), kgo.ConsumeTopics(m.events()), kgo.Balancers(balancer{kgo.CooperativeStickyBalancer(), m}),
		kgo.SessionTimeout(lease), kgo.RebalanceTimeout(3*lease), kgo.HeartbeatInterval(lease/8),
		kgo.RequestRetries(math.MaxInt), kgo.RetryTimeout(lease),
		kgo.OnPartitionsRevoked(m.revoked), kgo.OnPartitionsLost(m.lost), kgo.AdjustFetchOffsetsFn(m.begin),
		kgo.BlockRebalanceOnPoll(), // while records are handed over, which takes little time
		kgo.DisableAutoCommit(), kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.KeepControlRecords(), kgo.FetchMaxWait(time.Second), kgo.FetchMaxPartitionBytes(brokerbus.PrefetchBytes/2), kgo.FetchMaxBytes(2*kit.MaxPageBytes),
	)
	return m, err
}

func (m *member) events() string { return m.server.config.events() }

// run handles partitions until the group is to end and they are given up, or until there
// is another topic.
func (m *member) run() {
	defer context.AfterFunc(m.Active, m.wake)()
	var work sync.WaitGroup
	work.Go(func() { m.claim.Keep(m.gone.Done()) })
	work.Go(m.read)
	work.Go(m.keep)
	work.Wait()
	m.client.Close()
	m.depart()
	m.leased.Wait()
}

// read hands records to the leases of their partitions.
func (m *member) read() {
	for m.gone.Err() == nil {
		m.client.PollFetches(m.gone).EachPartition(m.receive)
		m.client.AllowRebalance()
	}
}

func (m *member) receive(fetched kgo.FetchTopicPartition) {
	if fetched.Topic != m.events() || fetched.Partition < 0 { // there is an error of the group, or of the topic
		m.tell(fetched.Err)
		m.server.tender.Look()
		return
	}
	m.mu.Lock()
	l, has := m.leases[fetched.Partition], m.has[fetched.Partition]
	m.mu.Unlock()
	if fetched.Err != nil {
		m.server.tender.Look()
	}
	switch {
	case l != nil && fetched.Err == nil:
		l.receive(fetched.Records)
	case l != nil:
		l.End() // it is begun again where the group is
	case has && fetched.Err != nil: // where the group is could not be learnt
		m.lose()
	}
}

// heartbeat tells the broker that this member is alive, as the client does, too, which
// does not say when.
func (m *member) heartbeat(ctx context.Context) error {
	r := kmsg.NewPtrHeartbeatRequest()
	r.Group = m.id()
	r.MemberID, r.Generation = m.client.GroupMetadata()
	response, err := r.RequestWith(ctx, m.client)
	if err != nil {
		return err
	}
	err = kerr.ErrorForCode(response.ErrorCode)
	m.mu.Lock()
	defer m.mu.Unlock()
	if !errors.Is(err, kerr.RebalanceInProgress) {
		m.rebalance = time.Time{}
		return err
	}
	if m.rebalance.IsZero() {
		m.rebalance = time.Now()
	}
	// The broker counts a member out that has not joined after three leases.
	if time.Since(m.rebalance) < m.server.config.Lease {
		return nil
	}
	return err
}

// holds reports whether nobody else can own what this member does.
func (m *member) holds() bool { return m.gone.Err() == nil && m.claim.Holds() }

// claims returns the partitions that no other member may have.
func (m *member) claims() (claimed []int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if id, _ := m.client.GroupMetadata(); id == "" { // the broker does not know it any more
		for p, has := range m.has { // which the client joins again with, as if they were still its own
			m.stray[p] = m.stray[p] || has
		}
		m.loseAll()
	}
	for p, l := range m.leases {
		if l == nil && m.has[p] || l != nil && !l.released && l.Lost.Err() == nil {
			claimed = append(claimed, int32(p))
		}
	}
	return claimed
}

// accept returns what the client is to fetch, of what this member is assigned. A partition
// whose lease has ended, for whichever reason, is left out until the client has given it
// up, and handlers run for it no more. Then the group is joined again, and it is fetched
// from where the group is.
func (m *member) accept(assigned []int32) (accepted []int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rebalance = time.Time{}
	m.server.outcast.Delete(m.Name)
	had := m.has
	m.has = [partitions]bool{}
	for _, p := range assigned {
		if p < 0 || p >= partitions || m.stray[p] {
			continue
		}
		if l := m.leases[p]; l == nil || had[p] && l.Active.Err() == nil {
			m.has[p] = true
			accepted = append(accepted, p)
		}
	}
	return accepted
}

// revoked ends the leases of what the client fetches no more. It waits a little for their
// handlers, which saves a round, and not for long: the client waits for it before it joins
// again, and the others for this member.
func (m *member) revoked(ctx context.Context, _ *kgo.Client, by map[string][]int32) {
	ctx, cancel := context.WithTimeout(ctx, saveInterval)
	defer cancel()
	m.mu.Lock()
	var ended []*lease
	for _, p := range by[m.events()] {
		m.stray[p] = false
		if l := m.leases[p]; l != nil {
			l.End()
			m.drop(p)
			ended = append(ended, l)
		}
	}
	m.mu.Unlock()
	for _, l := range ended {
		select {
		case <-l.Lost.Done(): // it is released
		case <-ctx.Done():
		}
	}
}

// lost ends the leases of one that is no member any more, until it has joined again.
func (m *member) lost(context.Context, *kgo.Client, map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stray = [partitions]bool{}
	m.loseAll()
}

func (m *member) loseAll() {
	m.has = [partitions]bool{}
	for p, l := range m.leases {
		if l != nil {
			l.Lose()
			m.drop(int32(p))
		}
	}
}

// drop forgets a lease that was given up, unless the client fetches for it.
func (m *member) drop(p int32) {
	if l := m.leases[p]; l.released && !m.has[p] {
		m.leases[p] = nil
	}
}

// begin makes leases for partitions that the client is about to fetch, and says from where.
func (m *member) begin(ctx context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	var at [partitions]brokerbus.Place
	s := &state{}
	brokerbus.Until(ctx, func() (err error) {
		if at, err = m.places(ctx); err == nil {
			err = m.server.offsets(ctx, s)
		}
		if err == nil {
			err = m.claim.Renew()
		}
		if err != nil {
			m.server.tender.Look()
		}
		return err
	})
	from := map[int32]kgo.Offset{}
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if m.Active.Err() == nil {
		for p := range offsets[m.events()] {
			l := newLease(m, p, at[p].In(m.topic.String(), uint64(s.next[p])), s.first[p])
			from[p] = kgo.NewOffset().At(l.from)
			m.leases[p] = l
			m.leased.Go(l.run)
		}
	}
	return map[string]map[int32]kgo.Offset{m.events(): from}, nil
}

// places returns where the group is, if there is still the same topic.
func (m *member) places(ctx context.Context) (all [partitions]brokerbus.Place, err error) {
	id, err := m.server.leaders(ctx)
	if err == nil && id != m.topic {
		err = errGone
	}
	if err != nil {
		return all, err
	}
	return m.server.places(ctx, m.Name)
}

// errGone is why a member does not go on: there is another topic.
var errGone = errors.New("the topic is gone")

// saveInterval is how long it takes at most until what was handled is committed, which
// another member would handle again if this one died.
const saveInterval = 200 * time.Millisecond

// keep commits the places that have changed, and gives up the leases that have ended.
func (m *member) keep() {
	for m.gone.Err() == nil {
		select {
		case <-m.ended:
		case <-time.After(saveInterval):
		case <-m.gone.Done():
		}
		m.save()
		m.release()
	}
}

// wake has keep not wait.
func (m *member) wake() {
	select {
	case m.ended <- struct{}{}:
	default:
	}
}

// release gives up the leases whose handlers have ended and whose place is stored, and has
// the group share their partitions again. It ends the membership of a group that is to end,
// once no lease is left.
func (m *member) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	freed, left := false, false
	for p, l := range m.leases {
		switch {
		case l == nil || l.released:
		case l.ended && (l.Lost.Err() != nil || !l.Changed()):
			l.Lose()
			l.released, freed = true, true
			m.drop(int32(p))
		default:
			left = true
		}
	}
	if m.Active.Err() != nil && !left {
		m.lose()
	} else if freed {
		m.client.ForceRebalance()
	}
}

// save commits the places of leases that have changed. The broker refuses it from one that
// is no member of the group's generation, which is asked for first: a partition is
// another's only in a later one.
func (m *member) save() {
	r := kmsg.NewPtrOffsetCommitRequest()
	r.Group = m.id()
	r.MemberID, r.Generation = m.client.GroupMetadata()
	topic := kmsg.NewOffsetCommitRequestTopic()
	topic.Topic, topic.TopicID = m.events(), m.topic
	var taken []*lease
	m.mu.Lock()
	for _, l := range m.leases {
		if l != nil && l.Changed() && l.Lost.Err() == nil {
			taken = append(taken, l)
			topic.Partitions = append(topic.Partitions, l.place())
		}
	}
	m.mu.Unlock()
	if len(taken) == 0 {
		return
	}
	r.Topics = append(r.Topics, topic)
	if err := m.commit(r); err != nil {
		for _, l := range taken {
			l.Retake() // the next attempt follows soon
		}
	}
}

func (m *member) commit(r *kmsg.OffsetCommitRequest) error {
	ctx, cancel := context.WithTimeout(m.gone, m.server.config.ConnectTimeout)
	defer cancel()
	response, err := r.RequestWith(ctx, m.client)
	if err != nil {
		return err
	}
	for _, topic := range response.Topics {
		for _, p := range topic.Partitions {
			err = errors.Join(err, kerr.ErrorForCode(p.ErrorCode))
		}
	}
	return err
}

// depart tells the broker that this is no member any more, so that others need not wait.
// The client did not: it would have waited for them.
func (m *member) depart() {
	self := kmsg.NewLeaveGroupRequestMember()
	self.MemberID, _ = m.client.GroupMetadata()
	r := kmsg.NewPtrLeaveGroupRequest()
	r.Group, r.MemberID, r.Members = m.id(), self.MemberID, append(r.Members, self)
	ctx, cancel := context.WithTimeout(context.Background(), min(time.Second, m.server.config.ConnectTimeout))
	defer cancel()
	_, _ = r.RequestWith(ctx, m.server.client) // if it fails, the lease ends
}
