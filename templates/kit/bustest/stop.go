package bustest

import (
	"context"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

func stopWaits(t *testing.T, b *bench) {
	began, release := make(chan struct{}), make(chan struct{})
	var handled bool
	stop := b.subscribe(t, "g", func(context.Context, kit.Message) error {
		close(began)
		<-release
		handled = true
		return nil
	}, "t")
	b.outcomes(t.Context(), message("t", "k", 1))
	receive(t, began)
	stopped := make(chan error, 1)
	go func() { stopped <- stop(context.Background()) }()
	select {
	case err := <-stopped:
		t.Fatalf("stop returned (%v) while a message was being handled", err)
	default:
	}
	close(release)
	if err := receive(t, stopped); err != nil || !handled {
		t.Errorf("stop: %v, handled %v", err, handled)
	}
}

func stopCutsOff(t *testing.T, b *bench) {
	began := make(chan struct{})
	stop := b.subscribe(t, "g", func(ctx context.Context, _ kit.Message) error {
		close(began)
		<-ctx.Done()
		return ctx.Err()
	}, "t")
	b.outcomes(t.Context(), message("t", "k", 1))
	receive(t, began)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := stop(ctx); kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("stop cut a handler off and returned %v, want Unavailable", err)
	}
}

func stoppedGroup(t *testing.T, b *bench) {
	l := newLog()
	stop := b.subscribe(t, "g", l.handle, "t")
	if err := stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := receive(t, b.outcomes(t.Context(), message("t", "k", 1)))
	if b.Capability().Durable {
		if err != nil {
			t.Fatalf("a durable bus did not take a message for a group that is away: %v", err)
		}
	} else if kit.CodeOf(err) != kit.Unavailable {
		t.Fatalf("a bus that keeps nothing took a message for a group that is away: %v", err)
	}
	b.subscribe(t, "g", l.handle, "t")
	if !b.Capability().Durable {
		b.publish(t, message("t", "k", 1))
	}
	l.await(t, 1)
}

func refuses(t *testing.T, b *bench) {
	l := newLog()
	b.subscribe(t, "g", l.handle, "t")
	for _, c := range []struct {
		group  string
		topics []string
		want   kit.Code
	}{
		{"", []string{"t"}, kit.Invalid},
		{"h", nil, kit.Invalid},
		{"g", []string{"t"}, kit.Conflict},
	} {
		_, err := b.Subscribe(t.Context(), kit.Subscription{Group: c.group, Topics: c.topics}, l.handle)
		if kit.CodeOf(err) != c.want {
			t.Errorf("group %q with topics %v: %v, want %s", c.group, c.topics, err, c.want)
		}
	}
}

func closed(t *testing.T, b *bench) {
	if err := b.Ping(t.Context()); err != nil {
		t.Fatalf("Ping of an open bus: %v", err)
	}
	for range 2 {
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := receive(t, b.outcomes(t.Context(), message("t", "k", 1))); kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("a closed bus took a message: %v", err)
	}
	if err := b.Ping(t.Context()); kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("Ping of a closed bus: %v", err)
	}
	_, err := b.Subscribe(t.Context(), kit.Subscription{Group: "g", Topics: []string{"t"}}, newLog().handle)
	if kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("Subscribe to a closed bus: %v", err)
	}
}
