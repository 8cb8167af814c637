package brokertest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// slowHandler shows that a handler that takes longer than a lease is not disturbed by
// members that come and go, and holds up nothing but its own partition.
func slowHandler(t *testing.T, b Broker) {
	c := b.settings(t)
	first, second := b.Open(t, c), b.Open(t, c)
	j, began, release := NewJournal(), make(chan context.Context, 100), make(chan struct{})
	let := sync.OnceFunc(func() { close(release) })
	t.Cleanup(let) // before the buses are closed
	Subscribe(t, first, "g", func(ctx context.Context, m kit.Message) error {
		if m.Key == "slow" {
			began <- ctx
			<-release
		}
		return j.Handler("first", 0, 0)(ctx, m)
	})
	MustPublish(t, first, Message("slow", 0))
	slow := <-began
	rounds := 0
	for range 3 {
		var shared atomic.Bool
		stop := Subscribe(t, second, "g", func(ctx context.Context, m kit.Message) error {
			shared.Store(true)
			return j.Handler("second", 0, 0)(ctx, m)
		})
		Eventually(t, "the second member has its share", func() bool {
			MustPublish(t, first, besideSlow(rounds)...)
			rounds++
			j.Check(t, keysBesideSlow*rounds)
			return shared.Load()
		})
		time.Sleep(c.Lease / 2)
		if err := stop(t.Context()); err != nil {
			t.Error(err)
		}
		MustPublish(t, first, besideSlow(rounds)...)
		rounds++
		j.Check(t, keysBesideSlow*rounds)
	}
	if slow.Err() != nil || len(began) > 0 {
		t.Errorf("the slow handler was interrupted (%v), or called again", slow.Err())
	}
	let()
	j.Check(t, keysBesideSlow*rounds+1)
}

const keysBesideSlow = 40

// besideSlow returns a message of each of several keys that are not in the partition of
// the slow one.
func besideSlow(n int) (msgs []kit.Message) {
	for k := 0; len(msgs) < keysBesideSlow; k++ {
		if key := fmt.Sprint("key", k); brokerbus.PartitionOf(key) != brokerbus.PartitionOf("slow") {
			msgs = append(msgs, Message(key, n))
		}
	}
	return msgs
}
