package activemqbus

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
)

// TestShares shows that each partition is one member's, that shares are equal, and that
// members that handle all topics go before others.
func TestShares(t *testing.T) {
	for name, c := range map[string]struct {
		topics [][]string // of each member
		want   []int      // partitions of each
	}{
		"one":         {[][]string{{"a"}}, []int{16}},
		"three":       {[][]string{{"a"}, {"a"}, {"a"}}, []int{6, 5, 5}},
		"old and new": {[][]string{{"a"}, {"a", "b"}, {"a", "b"}}, []int{0, 8, 8}},
		"differing":   {[][]string{{"a", "b"}, {"a", "c"}}, []int{8, 8}},
	} {
		t.Run(name, func(t *testing.T) {
			all := fleet(c.topics)
			owners := map[int]int{}
			for i, m := range all {
				n := 0
				for p, mine := range m.share("g", c.topics[i]) {
					if mine {
						n++
						owners[p]++
					}
				}
				if n != c.want[i] {
					t.Errorf("member %d has %d partitions, want %d", i, n, c.want[i])
				}
			}
			for p := range partitions {
				if owners[p] != 1 {
					t.Errorf("partition %d has %d owners", p, owners[p])
				}
			}
		})
	}
}

// TestTurns shows that members of which none handles all topics have each partition in
// turn.
func TestTurns(t *testing.T) {
	topics := [][]string{{"a", "b"}, {"a", "c"}}
	all := fleet(topics)
	before := all[0].share("g", topics[0])
	all[0].began = time.Now().Add(-time.Hour)
	all[0].share("g", topics[0]) // begins the next turn
	after := all[0].share("g", topics[0])
	for p := range partitions {
		if before[p] == after[p] {
			t.Errorf("partition %d stays where it is: %t", p, after[p])
		}
	}
}

// TestBusy shows that a partition is busy while a member holds it that was heard of, and
// that missing what members said for a while makes none of them gone.
func TestBusy(t *testing.T) {
	m := fleet([][]string{{"a"}})[0]
	say := func(h heartbeat) {
		body, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		m.hear(amqp.NewMessage(body))
	}
	holds := map[string]membership{"g": {Holds: []int{7}}}
	say(heartbeat{Member: "other", Groups: holds})
	if !m.busy("g", 7) || m.busy("g", 8) || m.busy("h", 7) {
		t.Error("another member holds partition 7 of g, and nothing else")
	}
	say(heartbeat{Member: "other", Gone: true})
	if m.busy("g", 7) {
		t.Error("a partition is busy whose member said goodbye")
	}
	m.known["other"] = member{heartbeat{Groups: holds}, time.Now().Add(-time.Minute)}
	if m.busy("g", 7) {
		t.Error("a partition is busy whose member was not heard of for long")
	}
	m.connected()
	if !m.busy("g", 7) || !m.new() {
		t.Error("a member is gone of which nothing could be heard")
	}
}

// fleet is members that know each other, in the order of their names.
func fleet(topics [][]string) (all []*members) {
	known := map[string]member{}
	for i, of := range topics {
		b := &server{config: Config{}.filled(), facts: newFacts(), news: make(chan struct{}, 1)}
		b.members = newMembers(b)
		b.members.self = fmt.Sprint("member", i)
		b.members.began = time.Now()
		known[b.members.self] = member{heartbeat{Groups: map[string]membership{"g": {Topics: of}}}, time.Now()}
		all = append(all, b.members)
	}
	for _, m := range all {
		for name, of := range known {
			m.known[name] = of
		}
	}
	return all
}
