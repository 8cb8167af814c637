package chanbus_test

import (
	"context"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/bustest"
	"github.com/outgrowkit/outgrow/templates/kit/chanbus"
)

func TestBus(t *testing.T) {
	bustest.Run(t, func(*testing.T) kit.Bus { return chanbus.New(chanbus.Config{}) })
}

// TestPublishWaitsForRoom shows that a full bus holds its publishers up, and that
// they can give up.
func TestPublishWaitsForRoom(t *testing.T) {
	b := chanbus.New(chanbus.Config{Window: 1})
	release := make(chan struct{})
	_, err := b.Subscribe(t.Context(), kit.Subscription{Group: "g", Topics: []string{"t"}},
		func(context.Context, kit.Message) error { <-release; return nil })
	if err != nil {
		t.Fatal(err)
	}
	outcomes := make(chan error, 2)
	taken := func(_ int, err error) { outcomes <- err }
	b.Publish(t.Context(), taken, kit.Message{ID: kit.NewUUID(), Topic: "t", Key: "1"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.Publish(ctx, taken, kit.Message{ID: kit.NewUUID(), Topic: "t", Key: "2"})
	if err := <-outcomes; kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("a full bus took a message: %v", err)
	}
	close(release)
	if err := <-outcomes; err != nil {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}
