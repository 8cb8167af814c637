package brokertest

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// batch is how many messages the relay publishes at once.
const batch = 1000

// PublishBatches publishes n messages of several keys as the relay does, and waits until
// all are taken.
func PublishBatches(b *testing.B, bus kit.Bus, n, keys int) {
	b.Helper()
	var left sync.WaitGroup
	for first := 0; first < n; first += batch {
		msgs := make([]kit.Message, min(batch, n-first))
		for i := range msgs {
			msgs[i] = Message(strconv.Itoa((first+i)%keys), first+i)
		}
		left.Add(len(msgs))
		bus.Publish(b.Context(), func(_ int, err error) {
			if err != nil {
				b.Error(err)
			}
			left.Done()
		}, msgs...)
	}
	left.Wait()
}

// Consume measures how fast a group handles b.N messages that were published before, each
// of another key.
func Consume(b *testing.B, bus kit.Bus) {
	b.Helper()
	if err := Subscribe(b, bus, "g", nil)(b.Context()); err != nil {
		b.Fatal(err)
	}
	PublishBatches(b, bus, b.N, 1_000_000)
	b.ResetTimer()
	var handled atomic.Int64 // a message may come twice
	all := make(chan struct{})
	Subscribe(b, bus, "g", func(context.Context, kit.Message) error {
		if handled.Add(1) == int64(b.N) {
			close(all)
		}
		return nil
	})
	<-all
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
