package kafkabus

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// protocol names the way in which the members of a group share partitions: those that
// they have they keep, as with Kafka's own cooperative-sticky, but who handles which
// topics counts.
const protocol = "by-topics"

// candidate is a member that partitions are assigned to.
type candidate struct {
	id     string
	topics []string // none if it is about to leave
	has    []int32
	share  []int32
}

// about returns what the leader must know of this member.
func (m *member) about(claimed []int32) []byte {
	about := kmsg.NewConsumerMemberMetadata()
	about.Version = 1
	about.Topics = []string{m.server.config.events()}
	owned := kmsg.NewConsumerMemberMetadataOwnedPartition()
	owned.Topic, owned.Partitions = about.Topics[0], claimed
	about.OwnedPartitions = append(about.OwnedPartitions, owned)
	if m.Active.Err() == nil {
		about.UserData, _ = json.Marshal(m.Topics()) // strings never fail
	}
	return about.AppendTo(nil)
}

// parse reads what about returned.
func parse(member kmsg.JoinGroupResponseMember) *candidate {
	c := &candidate{id: member.MemberID}
	var about kmsg.ConsumerMemberMetadata
	if about.ReadFrom(member.ProtocolMetadata) == nil && json.Unmarshal(about.UserData, &c.topics) == nil {
		for _, owned := range about.OwnedPartitions {
			c.has = append(c.has, owned.Partitions...)
		}
	}
	return c
}

// turnAt numbers the turns of members. A turn is a lease long.
func turnAt(now time.Time, lease time.Duration) int64 { return now.UnixNano() / int64(lease) }

// takeTurns is in the assignments of a group whose members take turns.
var takeTurns = []byte("turns")

// assign says which partitions each member of a group has.
func assign(members []kmsg.JoinGroupResponseMember, topic string, turn int64) (all []kmsg.SyncGroupRequestGroupAssignment) {
	var candidates []*candidate
	for _, m := range members {
		candidates = append(candidates, parse(m))
	}
	slices.SortFunc(candidates, func(a, b *candidate) int { return bytes.Compare([]byte(a.id), []byte(b.id)) })
	turns := share(candidates, turn)
	for _, c := range candidates {
		var a kmsg.ConsumerMemberAssignment
		a.Topics = []kmsg.ConsumerMemberAssignmentTopic{{Topic: topic, Partitions: c.share}}
		if turns {
			a.UserData = takeTurns
		}
		next := kmsg.NewSyncGroupRequestGroupAssignment()
		next.MemberID, next.MemberAssignment = c.id, a.AppendTo(nil)
		all = append(all, next)
	}
	return all
}

// share divides the partitions among members. Where these are of versions of the service
// that handle different topics, those that handle all of them have all partitions. If
// there are none, they take turns with each. A partition that another member still has
// is nobody's until that has given it up.
func share(members []*candidate, turn int64) (turns bool) {
	var owner [partitions]*candidate
	all := map[string]bool{}
	for _, m := range members {
		for _, p := range m.has {
			if p >= 0 && p < partitions && owner[p] == nil {
				owner[p] = m
			}
		}
		for _, topic := range m.topics {
			all[topic] = true
		}
	}
	complete := slices.DeleteFunc(slices.Clone(members), func(m *candidate) bool { return len(m.topics) < len(all) || len(m.topics) == 0 })
	var next [partitions]*candidate
	if turns = len(complete) == 0 && len(all) > 0; turns {
		present := slices.DeleteFunc(slices.Clone(members), func(m *candidate) bool { return len(m.topics) == 0 })
		for p := range next {
			next[p] = present[(int64(p)+turn)%int64(len(present))]
		}
	} else if len(complete) > 0 {
		next = divide(complete, owner)
	}
	for p, m := range next {
		if m != nil && (owner[p] == nil || owner[p] == m) {
			m.share = append(m.share, int32(p))
		}
	}
	return turns
}

// divide gives each member an equal share, of which it keeps what it has.
func divide(members []*candidate, owner [partitions]*candidate) (next [partitions]*candidate) {
	quota := map[*candidate]int{}
	for i, m := range members {
		quota[m] = partitions / len(members)
		if i < partitions%len(members) {
			quota[m]++
		}
	}
	for p, m := range owner {
		if quota[m] > 0 {
			next[p] = m
			quota[m]--
		}
	}
	for p := range next {
		for _, m := range members {
			if next[p] == nil && quota[m] > 0 {
				next[p] = m
				quota[m]--
			}
		}
	}
	return next
}
