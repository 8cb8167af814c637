package run

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
)

// newRegistry returns the registry of all metrics, with those of Go and of the
// process in it.
func newRegistry(s *service) *prometheus.Registry {
	r := prometheus.NewRegistry()
	build := prometheus.GaugeOpts{
		Name:        "build_info",
		Help:        "Always 1; the label says which build is running.",
		ConstLabels: prometheus.Labels{"version": s.version},
	}
	r.MustRegister(prometheus.NewGaugeFunc(build, func() float64 { return 1 }),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// addMetrics registers the metrics of the service's own and those of delivery.
func addMetrics(own []prometheus.Collector, r *prometheus.Registry, deps delivery.Deps, db Database) error {
	counter, store := deps.Counter, db.Counter()
	own = append(own,
		counterOf("events_published_total", "Events that the bus has taken from the outbox.", &counter.Published),
		counterOf("events_handled_total", "Deliveries that subscribers have handled, including repeated ones.", &counter.Handled),
		counterOf("events_retried_total", "Failed attempts to handle an event that were followed by another.", &counter.Retried),
		counterOf("events_dead_total", "Events that could not be handled and became dead letters.", &counter.Buried),
		counterOf("store_transactions_repeated_total", "Transactions and statements that were run again, mostly for a conflict, with the handlers in them.", &store.Repeated),
		counterOf("store_transactions_timed_out_total", "Transactions that were rolled back for keeping others waiting.", &store.TimedOut),
		counterOf("events_late_total", "Attempts to handle an event that took longer than delivery.timeout.", &counter.Late),
		newOutboxCollector(deps.Outbox, deps.Log),
	)
	for _, c := range own {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}

func counterOf(name, help string, value *atomic.Int64) prometheus.Collector {
	opts := prometheus.CounterOpts{Name: name, Help: help}
	return prometheus.NewCounterFunc(opts, func() float64 { return float64(value.Load()) })
}

// collector collects metrics with these descriptions when it is asked to, and not yet when
// it is registered.
type collector struct {
	about   []*prometheus.Desc
	collect func(to chan<- prometheus.Metric)
}

// Describe sends the descriptions of the metrics.
func (c collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range c.about {
		to <- d
	}
}

// Collect sends the metrics.
func (c collector) Collect(to chan<- prometheus.Metric) { c.collect(to) }

var (
	outboxWaiting = prometheus.NewDesc("outbox_waiting", "Events waiting in the outbox for the bus.", nil, nil)
	outboxOldest  = prometheus.NewDesc("outbox_oldest_age_seconds", "How long the oldest event in the outbox has been waiting.", nil, nil)
)

// newOutboxCollector returns what queries the outbox when metrics are collected. It collects
// nothing if the outbox does not answer: the other metrics are needed most then.
func newOutboxCollector(outbox kit.Outbox, log *slog.Logger) prometheus.Collector {
	return collector{[]*prometheus.Desc{outboxWaiting, outboxOldest}, func(to chan<- prometheus.Metric) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		waiting, oldest, err := outbox.Lag(ctx)
		if err != nil {
			log.WarnContext(ctx, "cannot measure the outbox", "error", err)
			return
		}
		age := 0.0
		if !oldest.IsZero() {
			age = max(0, time.Since(oldest).Seconds())
		}
		to <- prometheus.MustNewConstMetric(outboxWaiting, prometheus.GaugeValue, float64(waiting))
		to <- prometheus.MustNewConstMetric(outboxOldest, prometheus.GaugeValue, age)
	}}
}
