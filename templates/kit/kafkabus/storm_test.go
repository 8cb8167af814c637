package kafkabus_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/kafkabus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestRebalanceStorm shows that no message of a key is handled out of order, or by two
// members at once, while members come, go, are cut off, killed, and slow, so that the group
// has hardly shared the partitions when it must share them again.
func TestRebalanceStorm(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	broker := testserver.Kafka(t)
	c := config(t, broker)
	c.PublishTimeout = 20 * time.Second // the machine may be busy
	j, publisher := brokertest.NewJournal(), open(t, c)
	type member struct {
		way  *brokertest.Proxy
		stop func(context.Context) error
	}
	var members []member
	join := func(n int) {
		way := brokertest.NewProxy(t, scheme+broker)
		b := open(t, kafkabus.Config{Brokers: broker, Topic: c.Topic, Lease: time.Second}.Through(address(way.URL)))
		members = append(members, member{way, brokertest.Subscribe(t, b, "g", stormHandler(j, fmt.Sprint("member ", n)))})
	}
	const steps, keys, each = 40, 60, 5
	join(0)
	for step := range steps {
		msgs := brokertest.Series(keys, step*each, each)
		brokertest.Eventually(t, "all messages are taken", func() bool { // as the outbox does
			var left []kit.Message
			for i, err := range brokertest.Publish(t, publisher, msgs...) {
				if err != nil {
					left = append(left, msgs[i])
				}
			}
			msgs = left
			return len(left) == 0
		})
		i := random.IntN(len(members))
		switch what := random.IntN(5); {
		case what < 2 && len(members) < 5 || len(members) == 1:
			join(step + 1)
		case what == 2:
			if err := members[i].stop(t.Context()); err != nil {
				t.Error(err)
			}
			members = append(members[:i], members[i+1:]...)
		case what == 3:
			members[i].way.Frozen.Store(true) // as if it had been killed
			members = append(members[:i], members[i+1:]...)
		default:
			members[i].way.Cut()
		}
		time.Sleep(time.Duration(random.IntN(600)) * time.Millisecond)
	}
	j.Check(t, steps*keys*each)
}

// stormHandler handles fast, but for a few messages, which take longer than a lease.
func stormHandler(j *brokertest.Journal, name string) kit.Handler {
	fast, slow := j.Handler(name, 2*time.Millisecond, 50), j.Handler(name, 4*time.Second, 50)
	return func(ctx context.Context, m kit.Message) error {
		if rand.N(500) == 0 {
			return slow(ctx, m)
		}
		return fast(ctx, m)
	}
}
