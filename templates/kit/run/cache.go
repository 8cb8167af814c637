package run

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// CacheSpec tells how to open the cache that is configured.
type CacheSpec struct {
	Adapter string // such as redis
	Config  cache.Config
	// Open opens the driver for the service with a name. It calls changed, unless that is
	// nil, with the keys of values that other processes have changed, as far as it knows.
	Open func(service string, changed func(keys []string)) (cache.Driver, error)
	// Key returns the key that leads to an error, such as cache.redis.addr.
	Key func(error) string
}

// Cache provides the cache as a kit.Cache.
func Cache(spec CacheSpec) fx.Option {
	return fx.Options(
		fx.Provide(
			spec.provide,
			func(c *cache.Cache) kit.Cache { return c },
			fx.Annotate(spec.check, fx.ResultTags(`group:"checks"`)),
		),
		Metrics(newCacheCollector),
	)
}

func (s CacheSpec) blame(err error) error { return blame("the cache ("+s.Adapter+")", s.Key(err), err) }

// provide opens the cache. One that cannot be used as it is configured is an error; one
// that is away is not, since what it has can be loaded.
func (s CacheSpec) provide(ctx context.Context, life fx.Lifecycle, of *service, as role, log *slog.Logger) (*cache.Cache, error) {
	driver, err := s.Open(of.name, nil)
	if err != nil {
		return nil, s.blame(err)
	}
	c := cache.New(s.Config, driver, log)
	life.Append(fx.StopHook(c.Close))
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if err := c.Ping(ctx); err != nil && as == server { // other commands do not start it
		log.WarnContext(ctx, "the cache is away; the service starts without it", "cache", s.Adapter, "error", err, "change", of.advice(s.Key(err)))
	}
	return c, nil
}

// check tells of a cache that is away, for which a service is not less ready.
func (s CacheSpec) check(c *cache.Cache) httpserver.Check {
	return httpserver.Check{Name: "cache", Found: s.Adapter + " can be used", Later: true, Ping: func(ctx context.Context) error { return s.blame(c.Ping(ctx)) }}
}

var (
	cacheHits     = prometheus.NewDesc("cache_hits_total", "Values that the cache had.", nil, nil)
	cacheMisses   = prometheus.NewDesc("cache_misses_total", "Values that the cache did not have.", nil, nil)
	cacheErrors   = prometheus.NewDesc("cache_errors_total", "Requests to the cache that failed.", nil, nil)
	cacheLoads    = prometheus.NewDesc("cache_loads_total", "Values that were loaded, on a miss or before they expired.", nil, nil)
	cacheLoadTime = prometheus.NewDesc("cache_load_seconds_total", "How long it took to load them.", nil, nil)
	cacheSize     = prometheus.NewDesc("cache_size_bytes", "What the cache holds in the memory of this process.", nil, nil)
)

// newCacheCollector returns what reads what a cache counts when metrics are collected.
func newCacheCollector(c *cache.Cache) collector {
	about := []*prometheus.Desc{cacheHits, cacheMisses, cacheErrors, cacheLoads, cacheLoadTime, cacheSize}
	return collector{about, func(to chan<- prometheus.Metric) {
		s := c.Stats()
		counter := func(d *prometheus.Desc, value float64) {
			to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value)
		}
		counter(cacheHits, float64(s.Hits.Load()))
		counter(cacheMisses, float64(s.Misses.Load()))
		counter(cacheErrors, float64(s.Errors.Load()))
		counter(cacheLoads, float64(s.Loads.Load()))
		counter(cacheLoadTime, time.Duration(s.LoadTime.Load()).Seconds())
		to <- prometheus.MustNewConstMetric(cacheSize, prometheus.GaugeValue, float64(c.Size()))
	}}
}
