package kafkabus

import (
	"fmt"
	"strings"
	"testing"
)

// TestShare shows who has which partitions, after as many rounds as it takes to give up
// what is another's.
func TestShare(t *testing.T) {
	ab, a, ac := []string{"a", "b"}, []string{"a"}, []string{"a", "c"}
	for name, c := range map[string]struct {
		members []*candidate
		want    string
	}{
		"alone":          {[]*candidate{{topics: ab}}, "16"},
		"two":            {[]*candidate{{topics: ab}, {topics: ab}}, "8 8"},
		"three":          {[]*candidate{{topics: ab}, {topics: ab}, {topics: ab}}, "6 5 5"},
		"a new one":      {[]*candidate{{topics: a, has: all()}, {topics: a}}, "8 8"},
		"a newer one":    {[]*candidate{{topics: a, has: all()}, {topics: ab}}, "0 16"},
		"one that stops": {[]*candidate{{has: all()}, {topics: ab}}, "0 16"},
		"nobody stays":   {[]*candidate{{has: all()}}, "0"},
		"taking turns":   {[]*candidate{{topics: ab, has: all()}, {topics: ac}}, "8 8"},
	} {
		for range 2 {
			for _, m := range c.members {
				m.share = nil
			}
			share(c.members, 3)
			owners := map[int32]*candidate{}
			for _, m := range c.members {
				for _, p := range m.has {
					owners[p] = m
				}
			}
			for _, m := range c.members {
				for _, p := range m.share {
					if other := owners[p]; other != nil && other != m {
						t.Errorf("%s: a partition was assigned that another member has", name)
					}
				}
			}
			for _, m := range c.members {
				m.has = m.share
			}
		}
		var got []string
		for _, m := range c.members {
			got = append(got, fmt.Sprint(len(m.share)))
		}
		if got := strings.Join(got, " "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestMembersTakeTurns shows that each member has each partition at some time.
func TestMembersTakeTurns(t *testing.T) {
	had := map[string]bool{}
	for turn := range int64(3) {
		members := []*candidate{{id: "x", topics: []string{"a"}}, {id: "y", topics: []string{"b"}}, {id: "z", topics: []string{"c"}}}
		if !share(members, turn) {
			t.Error("they take no turns")
		}
		for _, m := range members {
			for _, p := range m.share {
				had[fmt.Sprint(m.id, p)] = true
			}
		}
	}
	if len(had) != 3*partitions {
		t.Errorf("%d of %d", len(had), 3*partitions)
	}
}

func all() (p []int32) {
	for i := range int32(partitions) {
		p = append(p, i)
	}
	return p
}
