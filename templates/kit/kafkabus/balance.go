package kafkabus

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// balancer has a member tell the group which partitions it has, and learn which it is to
// have. They are shared as with the client's cooperative-sticky balancer, which it is
// given, among the members that handle all topics that any member handles.
type balancer struct {
	kgo.GroupBalancer
	member *member
}

// ProtocolName sets members apart from those of other kinds.
func (balancer) ProtocolName() string { return "by-topics" }

// JoinGroupMetadata says which partitions this member has, and which topics it handles:
// none if it is about to leave. What handlers run for is another's only when they have
// ended, though the client knows of it no more.
func (b balancer) JoinGroupMetadata(topics []string, _ map[string][]int32, generation int32) []byte {
	about := kmsg.NewConsumerMemberMetadata()
	about.Version, about.Topics, about.Generation = 3, topics, generation
	owned := kmsg.NewConsumerMemberMetadataOwnedPartition()
	owned.Topic, owned.Partitions = b.member.events(), b.member.claims()
	about.OwnedPartitions = append(about.OwnedPartitions, owned)
	if b.member.Active.Err() == nil {
		about.UserData, _ = json.Marshal(b.member.Topics()) // strings never fail
	}
	return about.AppendTo(nil)
}

// ParseSyncAssignment returns what the client is to fetch.
func (b balancer) ParseSyncAssignment(assignment []byte) (map[string][]int32, error) {
	assigned, err := b.GroupBalancer.ParseSyncAssignment(assignment)
	if err != nil {
		return nil, err
	}
	events := b.member.events()
	accepted := b.member.accept(assigned[events])
	if len(accepted) == 0 {
		return nil, nil
	}
	return map[string][]int32{events: accepted}, nil
}

// MemberBalancer has the members that handle all topics share the partitions. If there
// are none, members take turns.
func (b balancer) MemberBalancer(members []kmsg.JoinGroupResponseMember) (kgo.GroupMemberBalancer, map[string]struct{}, error) {
	about, handles := make([]kmsg.ConsumerMemberMetadata, len(members)), make([][]string, len(members))
	all := map[string]bool{}
	var complete, incomplete []int
	for i, m := range members {
		if err := about[i].ReadFrom(m.ProtocolMetadata); err != nil {
			return nil, nil, err
		}
		_ = json.Unmarshal(about[i].UserData, &handles[i]) // one that says nothing has no share
		for _, topic := range handles[i] {
			all[topic] = true
		}
	}
	for i := range members {
		switch len(handles[i]) {
		case 0:
		case len(all):
			complete = append(complete, i)
		default:
			incomplete = append(incomplete, i)
		}
	}
	if len(complete) == 0 && len(incomplete) > 0 {
		complete = append(complete, incomplete[b.member.takeTurn()%int64(len(incomplete))])
	}
	for i := range members {
		about[i].UserData, about[i].Topics = nil, nil
		if slices.Contains(complete, i) {
			about[i].Topics = []string{b.member.events()}
		}
		members[i].ProtocolMetadata = about[i].AppendTo(nil)
	}
	return b.GroupBalancer.MemberBalancer(members)
}

// takeTurn returns the number of a turn, which is a lease long, and has the group share
// the partitions again after it.
func (m *member) takeTurn() int64 {
	now, lease := time.Now().UnixNano(), int64(m.server.config.Lease)
	time.AfterFunc(time.Duration(lease-now%lease), m.client.ForceRebalance)
	return now / lease
}
