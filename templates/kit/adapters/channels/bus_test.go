package channels_test

import (
	"context"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/adapters/channels"
	"github.com/outgrowkit/outgrow/templates/kit/domain"
	"github.com/outgrowkit/outgrow/templates/kit/ports"
	"github.com/outgrowkit/outgrow/templates/kit/ports/bustest"
)

func TestBus(t *testing.T) {
	bustest.Run(t, func(*testing.T) ports.Bus { return channels.New(channels.Config{}) })
}

// TestPublishWaitsForRoom shows that a full bus holds its publishers up, and that
// they can give up.
func TestPublishWaitsForRoom(t *testing.T) {
	b := channels.New(channels.Config{Window: 1})
	release := make(chan struct{})
	_, err := b.Subscribe(t.Context(), ports.Subscription{Group: "g", Topics: []string{"t"}},
		func(context.Context, ports.Message) error { <-release; return nil })
	if err != nil {
		t.Fatal(err)
	}
	outcomes := make(chan error, 2)
	taken := func(_ int, err error) { outcomes <- err }
	b.Publish(t.Context(), taken, ports.Message{ID: domain.NewUUID(), Topic: "t", Key: "1"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.Publish(ctx, taken, ports.Message{ID: domain.NewUUID(), Topic: "t", Key: "2"})
	if err := <-outcomes; domain.CodeOf(err) != domain.Unavailable {
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
