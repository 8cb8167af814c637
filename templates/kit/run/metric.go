package run

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
)

// newRegistry returns the registry of all metrics, with those of Go and of the
// process in it.
func newRegistry(p Program) *prometheus.Registry {
	r := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "build_info",
		Help:        "Always 1; which build runs is in the label.",
		ConstLabels: prometheus.Labels{"version": p.Version},
	})
	build.Set(1)
	r.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// measureDelivery adds what becomes of events.
func measureDelivery(r *prometheus.Registry, c *delivery.Counter, o kit.Outbox, log *slog.Logger) error {
	for _, m := range []struct {
		name, help string
		value      func() int64
	}{
		{"events_published_total", "Events that the bus has taken from the outbox.", c.Published},
		{"events_handled_total", "Deliveries that subscribers have handled, repeated ones included.", c.Handled},
		{"events_retried_total", "Attempts to handle an event that failed and were followed by another.", c.Retried},
		{"events_dead_total", "Events that could not be handled and became dead letters.", c.Buried},
	} {
		counter := prometheus.NewCounterFunc(prometheus.CounterOpts{Name: m.name, Help: m.help},
			func() float64 { return float64(m.value()) })
		if err := r.Register(counter); err != nil {
			return err
		}
	}
	return r.Register(outboxCollector{o, log})
}

var (
	outboxWaiting = prometheus.NewDesc("outbox_waiting", "Events in the outbox that the bus has not taken yet.", nil, nil)
	outboxOldest  = prometheus.NewDesc("outbox_oldest_age_seconds", "How long the oldest event in the outbox has been waiting.", nil, nil)
)

// outboxCollector asks the outbox when somebody asks for metrics.
type outboxCollector struct {
	outbox kit.Outbox
	log    *slog.Logger
}

// Describe sends what the collector collects.
func (c outboxCollector) Describe(to chan<- *prometheus.Desc) {
	to <- outboxWaiting
	to <- outboxOldest
}

// Collect sends nothing where the outbox does not answer: other metrics are
// needed most then.
func (c outboxCollector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	waiting, oldest, err := c.outbox.Lag(ctx)
	if err != nil {
		c.log.WarnContext(ctx, "the outbox cannot be measured", "error", err)
		return
	}
	age := 0.0
	if !oldest.IsZero() {
		age = max(0, time.Since(oldest).Seconds())
	}
	to <- prometheus.MustNewConstMetric(outboxWaiting, prometheus.GaugeValue, float64(waiting))
	to <- prometheus.MustNewConstMetric(outboxOldest, prometheus.GaugeValue, age)
}
