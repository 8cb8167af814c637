package kafkabus

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// candidate is a member that partitions are assigned to.
type candidate struct {
	topics []string // none if it is about to leave
	has    []int32
}

// share has members share the partitions once.
func share(t *testing.T, lease time.Duration, candidates []candidate) (shares [][]int32) {
	t.Helper()
	client, err := kgo.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	m := &member{group: &group{server: &server{config: Config{Topic: "t", Lease: lease}}}, client: client}
	b := balancer{kgo.CooperativeStickyBalancer(), m}
	var members []kmsg.JoinGroupResponseMember
	for i, c := range candidates {
		about := kmsg.NewConsumerMemberMetadata()
		about.Version, about.Topics, about.Generation = 3, []string{m.events()}, 1
		about.UserData, _ = json.Marshal(c.topics)
		about.OwnedPartitions = []kmsg.ConsumerMemberMetadataOwnedPartition{{Topic: m.events(), Partitions: c.has}}
		members = append(members, kmsg.JoinGroupResponseMember{MemberID: string(rune('a' + i)), ProtocolMetadata: about.AppendTo(nil)})
	}
	balance, topics, err := b.MemberBalancer(members)
	if err != nil || len(topics) > 1 {
		t.Fatal(topics, err)
	}
	plan, err := balance.(kgo.GroupMemberBalancerOrError).BalanceOrError(map[string]int32{m.events(): partitions})
	if err != nil {
		t.Fatal(err)
	}
	shares = make([][]int32, len(members))
	for _, a := range plan.IntoSyncAssignment() {
		assigned, err := b.GroupBalancer.ParseSyncAssignment(a.MemberAssignment)
		if err != nil {
			t.Fatal(err)
		}
		shares[a.MemberID[0]-'a'] = assigned[m.events()]
	}
	return shares
}

// TestShare shows who has which partitions, after as many rounds as it takes to give up
// what is another's.
func TestShare(t *testing.T) {
	ab, a, ac := []string{"a", "b"}, []string{"a"}, []string{"a", "c"}
	for name, c := range map[string]struct {
		members []candidate
		want    string
	}{
		"alone":          {[]candidate{{topics: ab}}, "16"},
		"two":            {[]candidate{{topics: ab}, {topics: ab}}, "8 8"},
		"three":          {[]candidate{{topics: ab}, {topics: ab}, {topics: ab}}, "5 5 6"},
		"a new one":      {[]candidate{{topics: a, has: all()}, {topics: a}}, "8 8"},
		"a newer one":    {[]candidate{{topics: a, has: all()}, {topics: ab}}, "0 16"},
		"one that stops": {[]candidate{{has: all()}, {topics: ab}}, "0 16"},
		"nobody stays":   {[]candidate{{has: all()}}, "0"},
		"taking turns":   {[]candidate{{topics: ab, has: all()}, {topics: ac}}, "0 16"},
	} {
		var got []string
		for range 2 {
			got = nil
			shares := share(t, time.Hour, c.members)
			for i, assigned := range shares {
				for other, m := range c.members {
					for _, p := range assigned {
						if other != i && slices.Contains(m.has, p) {
							t.Errorf("%s: a partition was assigned that another member has", name)
						}
					}
				}
				got = append(got, fmt.Sprint(len(assigned)))
			}
			for i, assigned := range shares {
				c.members[i].has = assigned
			}
		}
		slices.Sort(got)
		if got := strings.Join(got, " "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestMembersTakeTurns shows that each member has all partitions at some time, and no
// other has one then.
func TestMembersTakeTurns(t *testing.T) {
	had := map[int]bool{}
	for len(had) < 3 {
		n := 0
		for i, assigned := range share(t, time.Millisecond, []candidate{{topics: []string{"a"}}, {topics: []string{"b"}}, {topics: []string{"c"}}}) {
			if len(assigned) == partitions {
				had[i] = true
			}
			n += len(assigned)
		}
		if n != partitions {
			t.Fatalf("%d partitions were assigned", n)
		}
	}
}

func all() (p []int32) {
	for i := range int32(partitions) {
		p = append(p, i)
	}
	return p
}
