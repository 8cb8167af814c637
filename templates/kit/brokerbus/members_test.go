package brokerbus

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

const testLease = 4 * time.Second

// air carries what members say to all of them that are not away.
type air struct {
	mu   sync.Mutex
	all  []*Members
	away map[*Members]bool
}

func (a *air) join(t *testing.T) *Members {
	var m *Members
	m = NewMembers(testLease, func(_ context.Context, text []byte) error {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, other := range a.all {
			if !a.away[m] && !a.away[other] {
				other.Hear(text)
			}
		}
		return nil
	}, nil)
	a.mu.Lock()
	defer a.mu.Unlock()
	m.Self = fmt.Sprint("member", len(a.all))
	a.all = append(a.all, m)
	m.Start()
	t.Cleanup(m.Close)
	return m
}

func (a *air) sendAway(m *Members) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.away[m] = true
}

// owners is who handles each partition.
type owners struct {
	mu  sync.Mutex
	all [Partitions][]string
}

// start has a member take part in a group, and handle its partitions for as long as it
// may, as a driver does.
func (o *owners) start(t *testing.T, m *Members, topics ...string) (stop func()) {
	g := newGroup(t.Context(), kit.Subscription{Group: "g", Topics: topics}, nil)
	run, err := m.Join(t.Context(), g, func(ctx context.Context, p int) {
		while := m.Claim.While()
		if m.Hold(ctx, "g", p) != nil || m.Await(ctx, "g", p, true) != nil {
			return
		}
		o.mu.Lock()
		o.all[p] = append(o.all[p], m.Self)
		o.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-while.Done():
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.all[p] = slices.DeleteFunc(o.all[p], func(name string) bool { return name == m.Self })
	})
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(run)
	return func() {
		g.end()
		running.Wait()
	}
}

// shares returns how many partitions each member handles. No partition may have two.
func (o *owners) shares(t *testing.T) map[string]int {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	shares := map[string]int{}
	for p, names := range o.all {
		if len(names) > 1 {
			t.Errorf("partition %d is handled by %v", p, names)
		}
		for _, name := range names {
			shares[name]++
		}
	}
	return shares
}

func (o *owners) mustBe(t *testing.T, want ...int) {
	t.Helper()
	shares := o.shares(t)
	for i, n := range want {
		if got := shares[fmt.Sprint("member", i)]; got != n {
			t.Errorf("member %d has %d partitions, want %d", i, got, n)
		}
	}
}

// settle waits for as long as it takes to share the partitions anew, and sees to it that
// none has two owners meanwhile.
func (o *owners) settle(t *testing.T) {
	for range 30 {
		time.Sleep(testLease / 10)
		o.shares(t)
	}
}

// TestShares shows that each partition is one member's, that shares are equal, that
// members that handle all topics go before others, and that those of a member that leaves
// or is not heard any more are shared by the others.
func TestShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		air, o := &air{away: map[*Members]bool{}}, &owners{}
		first := o.start(t, air.join(t), "a")
		o.settle(t)
		o.mustBe(t, 16)
		doomed := air.join(t)
		second := o.start(t, doomed, "a")
		third := o.start(t, air.join(t), "a")
		o.settle(t)
		o.mustBe(t, 6, 5, 5)
		first()
		o.settle(t)
		o.mustBe(t, 0, 8, 8)
		air.sendAway(doomed)
		o.settle(t)
		o.mustBe(t, 0, 0, 16)
		newer := o.start(t, air.join(t), "a", "b")
		o.settle(t)
		o.mustBe(t, 0, 0, 0, 16)
		for _, stop := range []func(){second, third, newer} {
			stop()
		}
	})
}

// TestTurns shows that members of which none handles all topics have each partition in
// turn.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		air, o := &air{away: map[*Members]bool{}}, &owners{}
		stops := []func(){o.start(t, air.join(t), "a", "b"), o.start(t, air.join(t), "a", "c")}
		had := [Partitions]map[string]bool{}
		for range 100 {
			time.Sleep(testLease / 10)
			o.shares(t)
			o.mu.Lock()
			for p, names := range o.all {
				for _, name := range names {
					if had[p] == nil {
						had[p] = map[string]bool{}
					}
					had[p][name] = true
				}
			}
			o.mu.Unlock()
		}
		for p, names := range had {
			if len(names) != 2 {
				t.Errorf("partition %d was had by %v", p, names)
			}
		}
		for _, stop := range stops {
			stop()
		}
	})
}

// TestMayHold shows that a partition may be held by a member that said so and was heard
// of, and that missing what members said for a while makes none of them gone.
func TestMayHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMembers(testLease, nil, nil)
		said := uint64(0)
		say := func(h heartbeat) {
			said++
			h.Member, h.Said = "other", said
			text, err := json.Marshal(h)
			if err != nil {
				t.Fatal(err)
			}
			m.Hear(text)
		}
		holds := heartbeat{Groups: map[string]membership{"g": {Holds: []int{7}}}}
		say(holds)
		if !m.MayHold("other", "g", 7) || m.MayHold("other", "g", 8) || m.MayHold("other", "h", 7) || !m.held("g", 7) || m.held("g", 8) {
			t.Error("another member holds partition 7 of g, and nothing else")
		}
		say(heartbeat{Gone: true})
		if m.MayHold("other", "g", 7) || m.held("g", 7) {
			t.Error("a partition is held whose member said goodbye")
		}
		say(holds)
		if !m.MayHold("stranger", "g", 3) {
			t.Error("who was not heard of yet may hold everything")
		}
		time.Sleep(testLease)
		if m.MayHold("other", "g", 7) || m.held("g", 7) || m.MayHold("stranger", "g", 3) {
			t.Error("a partition is held whose member was not heard of for long")
		}
		m.Missed()
		if !m.MayHold("other", "g", 7) || !m.isNew() {
			t.Error("a member is gone of which nothing could be heard")
		}
	})
}
