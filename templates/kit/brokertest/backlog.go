package brokertest

import (
	"context"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// observed is a bus that tells how much its groups have to handle.
type observed interface {
	Backlog(ctx context.Context) (waiting, received map[string]int, err error)
}

// backlog shows that a bus tells how many messages wait for a group, whether or not a
// member has received them.
func backlog(t *testing.T, b Broker) {
	bus := b.Open(t, b.settings(t))
	await := func(what string, waiting, received int) {
		t.Helper()
		Eventually(t, what, func() bool {
			all, here, err := bus.(observed).Backlog(t.Context()) //nolint:forcetypeassert // if it is none, the test fails
			if err != nil {
				t.Fatal(err)
			}
			return all["g"] == waiting && here["g"] == received && all["other"] == 0 && here["other"] == 0
		})
	}
	j, other := NewJournal(), NewJournal()
	Subscribe(t, bus, "other", other.Handler("other", 0, 0))
	if err := Subscribe(t, bus, "g", j.Handler("g", 0, 0))(t.Context()); err != nil {
		t.Fatal(err)
	}
	await("nothing waits", 0, 0)
	MustPublish(t, bus, Series(40, 0, 5)...)
	await("all wait for a member", 200, 0)
	release := make(chan struct{})
	Subscribe(t, bus, "g", func(ctx context.Context, m kit.Message) error {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return j.Handler("g", 0, 0)(ctx, m)
	})
	await("all wait in a member", 200, 200)
	close(release)
	j.Check(t, 200)
	await("nothing waits any more", 0, 0)
}
