package run

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
)

// LocksSpec tells how to open the locks that are configured.
type LocksSpec struct {
	Adapter string // such as redis
	Config  locks.Config
	// Open opens the driver for the service with a name.
	Open func(service string) (locks.Driver, error)
	// Key returns the key that leads to an error, such as locks.redis.addr.
	Key func(error) string
}

// Locks provides the locks as kit.Locks, and a kit.Fence of the store.
func Locks(spec LocksSpec) fx.Option {
	return fx.Options(
		fx.Provide(
			spec.provide,
			func(l *locks.Locks) kit.Locks { return l },
			provideFence,
			fx.Annotate(spec.check, fx.ResultTags(`group:"checks"`)),
		),
		Metrics(newLocksCollector),
	)
}

func (s LocksSpec) blame(err error) error { return blame("the locks ("+s.Adapter+")", s.Key(err), err) }

// provide opens the locks. Those that cannot be used as they are configured are an error;
// those that are away are not, since much of a service does without.
func (s LocksSpec) provide(ctx context.Context, life fx.Lifecycle, of *service, as role, log *slog.Logger) (*locks.Locks, error) {
	driver, err := s.Open(of.name)
	if err != nil {
		return nil, s.blame(err)
	}
	l := locks.New(of.name, s.Config, driver, log)
	life.Append(fx.StopHook(l.Close))
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	switch err := l.Ping(ctx); kit.CodeOf(err) {
	case "":
	case kit.Unavailable:
		if as == server { // other commands do not start it
			log.WarnContext(ctx, "the locks are away; the service starts without them", "locks", s.Adapter, "error", err, "change", of.advice(s.Key(err)))
		}
	default:
		return nil, s.blame(err)
	}
	return l, nil
}

// check tells of locks that are away, for which a service is not less ready.
func (s LocksSpec) check(l *locks.Locks) httpserver.Check {
	return httpserver.Check{Name: "locks", Found: s.Adapter + " can be used", Later: true, Ping: func(ctx context.Context) error { return s.blame(l.Ping(ctx)) }}
}

// provideFence returns the fence of the store, which every one can have.
func provideFence(ctx context.Context, db Database) (kit.Fence, error) {
	return locks.NewFence(ctx, db.(locks.Preparer))
}

var (
	locksAcquired = prometheus.NewDesc("locks_acquired_total", "Locks that this process has had.", nil, nil)
	locksLost     = prometheus.NewDesc("locks_lost_total", "Of these, those whose lease was not renewed in time.", nil, nil)
	locksErrors   = prometheus.NewDesc("locks_errors_total", "Requests for locks that failed.", nil, nil)
	locksWaitTime = prometheus.NewDesc("locks_wait_seconds_total", "How long it took to get them.", nil, nil)
	locksHeld     = prometheus.NewDesc("locks_held", "Locks that this process has.", nil, nil)
	locksWaiting  = prometheus.NewDesc("locks_waiting", "Callers in this process that wait for a lock.", nil, nil)
)

// newLocksCollector returns what reads what locks count when metrics are collected.
func newLocksCollector(l *locks.Locks) collector {
	about := []*prometheus.Desc{locksAcquired, locksLost, locksErrors, locksWaitTime, locksHeld, locksWaiting}
	return collector{about, func(to chan<- prometheus.Metric) {
		s := l.Stats()
		send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64) {
			to <- prometheus.MustNewConstMetric(d, kind, value)
		}
		send(locksAcquired, prometheus.CounterValue, float64(s.Acquired.Load()))
		send(locksLost, prometheus.CounterValue, float64(s.Lost.Load()))
		send(locksErrors, prometheus.CounterValue, float64(s.Errors.Load()))
		send(locksWaitTime, prometheus.CounterValue, float64(s.WaitTime.Load())/1e9)
		send(locksHeld, prometheus.GaugeValue, float64(s.Held.Load()))
		send(locksWaiting, prometheus.GaugeValue, float64(s.Waiting.Load()))
	}}
}
