//go:build !race

package chanbus

import (
	"context"
	"strconv"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestAllocations guards what a message costs that is published, handled by two
// groups and acknowledged: two allocations, and some for each worker that starts.
// The race detector allocates as well, and is left out.
func TestAllocations(t *testing.T) {
	b := New(Config{})
	defer b.Close() //nolint:errcheck // nothing is under way
	for _, group := range []string{"mail", "audit"} {
		s := kit.Subscription{Group: group, Topics: []string{"t"}}
		if _, err := b.Subscribe(t.Context(), s, func(context.Context, kit.Message) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		messages int
		limit    float64
	}{{1, 8}, {1000, 8100}} { // a key has a goroutine while it has messages
		msgs := make([]kit.Message, c.messages)
		for i := range msgs {
			msgs[i] = kit.Message{Topic: "t", Key: strconv.Itoa(i)}
		}
		taken := make(chan error, len(msgs))
		tell := func(_ int, err error) { taken <- err }
		got := testing.AllocsPerRun(200, func() {
			b.Publish(t.Context(), tell, msgs...)
			for range msgs {
				if err := <-taken; err != nil {
					t.Fatal(err)
				}
			}
		})
		if got > c.limit {
			t.Errorf("%d messages: %v allocations, want at most %v", c.messages, got, c.limit)
		}
	}
}
