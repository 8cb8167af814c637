package kafkabus

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// heartbeat tells the broker that this member is alive.
func (m *member) heartbeat(ctx context.Context) error {
	m.mu.Lock()
	r := kmsg.NewPtrHeartbeatRequest()
	r.Group, r.MemberID, r.Generation = m.groupID(), m.id, m.generation
	m.mu.Unlock()
	response, err := r.RequestWith(ctx, m.client)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	err = kerr.ErrorForCode(response.ErrorCode)
	switch {
	case err == nil:
		m.rebalance = time.Time{}
	case errors.Is(err, kerr.RebalanceInProgress):
		m.rejoin()
		if m.rebalance.IsZero() {
			m.rebalance = time.Now()
		}
		// The broker waits for so long until it counts a member out that does not join.
		if time.Since(m.rebalance) < rebalanceTimeout(m.server.config.Lease)/2 {
			err = nil
		}
	case errors.Is(err, kerr.UnknownMemberID), errors.Is(err, kerr.FencedInstanceID),
		errors.Is(err, kerr.IllegalGeneration) && !m.joining && r.Generation == m.generation:
		m.lose()
	}
	return err
}

// rebalanceTimeout is how long members wait for one that is alive, and does not join.
func rebalanceTimeout(lease time.Duration) time.Duration { return 2 * lease }

func (m *member) groupID() string { return m.server.config.group(m.Name) }

// join joins the group again and notes which partitions this member is assigned. Those
// that it has and is not are given up.
func (m *member) join() error {
	claimed := m.prepare()
	defer m.joined()
	response, err := m.joinGroup(claimed)
	if err == nil {
		err = m.syncGroup(response, claimed)
	}
	if errors.Is(err, kerr.UnknownMemberID) || errors.Is(err, kerr.FencedInstanceID) {
		m.lose()
	}
	m.tell(err)
	return err
}

// tell notes an error that must be mended elsewhere.
func (m *member) tell(err error) {
	if m.gone.Err() != nil {
		return
	}
	if err != nil {
		err = m.server.config.explain(err)
	}
	if kit.CodeOf(err) != kit.Invalid {
		err = nil
	}
	m.fault.Store(&err)
}

// prepare returns the partitions that this member has. It acquires none until it has
// joined: what it does not claim may be another's.
func (m *member) prepare() (claimed []int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.joining, m.assigned = true, [partitions]bool{}
	for p, l := range m.leases {
		if l != nil && l.Lost.Err() == nil {
			claimed = append(claimed, int32(p))
		}
	}
	return claimed
}

func (m *member) joined() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.joining = false
}

// joinGroup has the broker make this a member of the group's next generation.
func (m *member) joinGroup(claimed []int32) (*kmsg.JoinGroupResponse, error) {
	r := kmsg.NewPtrJoinGroupRequest()
	r.Group, r.ProtocolType = m.groupID(), "consumer"
	r.SessionTimeoutMillis = int32(m.server.config.Lease.Milliseconds())
	r.RebalanceTimeoutMillis = int32(rebalanceTimeout(m.server.config.Lease).Milliseconds())
	p := kmsg.NewJoinGroupRequestProtocol()
	p.Name, p.Metadata = protocol, m.about(claimed)
	r.Protocols = append(r.Protocols, p)
	for {
		m.mu.Lock()
		r.MemberID = m.id
		m.mu.Unlock()
		response, err := r.RequestWith(m.gone, m.client)
		if err != nil {
			return nil, err
		}
		err = kerr.ErrorForCode(response.ErrorCode)
		again := errors.Is(err, kerr.MemberIDRequired)
		if err != nil && !again {
			return nil, err
		}
		m.mu.Lock()
		m.id, m.generation = response.MemberID, response.Generation
		m.mu.Unlock()
		if !again {
			return response, nil
		}
	}
}

// syncGroup learns what this member is assigned. The leader says it to all.
func (m *member) syncGroup(joined *kmsg.JoinGroupResponse, claimed []int32) error {
	r := kmsg.NewPtrSyncGroupRequest()
	r.Group, r.MemberID, r.Generation = m.groupID(), joined.MemberID, joined.Generation
	r.ProtocolType, r.Protocol = joined.ProtocolType, joined.Protocol
	if joined.LeaderID == joined.MemberID {
		r.GroupAssignment = assign(joined.Members, m.server.config.events(), turnAt(time.Now(), m.server.config.Lease))
	}
	response, err := r.RequestWith(m.gone, m.client)
	if err == nil {
		err = kerr.ErrorForCode(response.ErrorCode)
	}
	if errors.Is(err, kerr.RebalanceInProgress) || errors.Is(err, kerr.IllegalGeneration) {
		m.rejoin()
	}
	if err != nil {
		return err
	}
	var a kmsg.ConsumerMemberAssignment
	if err := a.ReadFrom(response.MemberAssignment); err != nil {
		return err
	}
	m.accept(a, claimed)
	return nil
}

// accept notes what this member is assigned, and begins to give up what it is not.
func (m *member) accept(a kmsg.ConsumerMemberAssignment, claimed []int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rebalance = time.Time{}
	for _, topic := range a.Topics {
		for _, p := range topic.Partitions {
			if p >= 0 && p < partitions {
				m.assigned[p] = true
			}
		}
	}
	m.turns = len(a.UserData) > 0
	for p, l := range m.leases {
		if l != nil && !m.assigned[p] {
			l.End()
		}
	}
	for _, p := range claimed { // what was given up meanwhile, others may have
		if m.leases[p] == nil && !m.assigned[p] {
			m.rejoin()
		}
	}
}

// save commits the place of a lease that is given up, together with those that wait for
// the same. If it fails, some messages are handled again.
func (m *member) save(l *lease) {
	m.mu.Lock()
	m.saving = append(m.saving, l)
	m.mu.Unlock()
	m.committing.Lock()
	defer m.committing.Unlock()
	m.mu.Lock()
	all := slices.DeleteFunc(m.saving, func(l *lease) bool { return l.Lost.Err() != nil })
	m.saving = nil
	m.mu.Unlock()
	if len(all) > 0 {
		brokerbus.Until(m.gone, func() error {
			if err := m.commit(all); errors.Is(err, kerr.IllegalGeneration) || errors.Is(err, kerr.RebalanceInProgress) {
				return err // the group is being joined meanwhile: the next generation is known soon
			}
			return nil
		})
	}
}

// commit writes the places of leases. The broker refuses it from one that is no member of
// the group's generation any more.
func (m *member) commit(leases []*lease) error {
	r := kmsg.NewPtrOffsetCommitRequest()
	m.mu.Lock()
	r.Group, r.MemberID, r.Generation = m.groupID(), m.id, m.generation
	m.mu.Unlock()
	topic := kmsg.NewOffsetCommitRequestTopic()
	topic.Topic, topic.TopicID = m.server.config.events(), m.topic
	for _, l := range leases {
		at := place{m.topic, l.Take()}
		text := at.encode(m.server.metadata)
		p := kmsg.NewOffsetCommitRequestTopicPartition()
		p.Partition, p.Offset, p.Metadata = l.partition, at.offset(), &text
		topic.Partitions = append(topic.Partitions, p)
	}
	r.Topics = append(r.Topics, topic)
	ctx, cancel := context.WithTimeout(context.Background(), m.server.config.ConnectTimeout)
	defer cancel()
	response, err := r.RequestWith(ctx, m.client)
	if err == nil {
		for _, topic := range response.Topics {
			for _, p := range topic.Partitions {
				err = errors.Join(err, kerr.ErrorForCode(p.ErrorCode))
			}
		}
	}
	if err != nil {
		for _, l := range leases {
			l.Retake()
		}
	}
	return err
}

// depart tells the broker that this is no member any more, so that others need not wait.
func (m *member) depart() {
	m.mu.Lock()
	r := kmsg.NewPtrLeaveGroupRequest()
	r.Group, r.MemberID = m.groupID(), m.id
	m.mu.Unlock()
	if r.MemberID == "" {
		return
	}
	self := kmsg.NewLeaveGroupRequestMember()
	self.MemberID = r.MemberID
	r.Members = append(r.Members, self)
	ctx, cancel := context.WithTimeout(context.Background(), min(time.Second, m.server.config.ConnectTimeout))
	defer cancel()
	_, _ = r.RequestWith(ctx, m.client) // if it fails, the lease ends
}
