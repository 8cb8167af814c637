package run

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// countedOutbox counts how often it is asked.
type countedOutbox struct {
	kit.Outbox
	asked int
}

func (o *countedOutbox) Lag(context.Context) (int64, time.Time, error) {
	o.asked++
	return 7, time.Time{}, nil
}

// TestMetricsAreNotAskedForAtTheStart shows that the outbox is asked when metrics are
// collected, and not when they are registered.
func TestMetricsAreNotAskedForAtTheStart(t *testing.T) {
	outbox, r := &countedOutbox{}, prometheus.NewRegistry()
	for want, step := range []func() error{
		func() error { return r.Register(newOutboxCollector(outbox, slog.New(slog.DiscardHandler))) },
		func() error { _, err := r.Gather(); return err },
	} {
		if err := step(); err != nil || outbox.asked != want {
			t.Errorf("the outbox was asked %d times, want %d (%v)", outbox.asked, want, err)
		}
	}
}
