package run

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/cachedstore"
)

// CachedStore puts the cache in front of a store, which is a port S. Values of the cache are used for up to
// the ttl; for 0s there is nothing to be done, and it returns nil.
func CachedStore[S any](ttl time.Duration, wrap func(S, *cachedstore.Cache, time.Duration) S) fx.Option {
	if ttl == 0 {
		return nil
	}
	return fx.Decorate(func(store S, c *cachedstore.Cache) S { return wrap(store, c, ttl) })
}

// CachedStores has what CachedStore returned take effect: what changes is removed from the
// cache, and answers that have something from it say how old that is.
func CachedStores(stores ...fx.Option) fx.Option {
	stores = slices.DeleteFunc(stores, func(o fx.Option) bool { return o == nil })
	if len(stores) == 0 {
		return fx.Options()
	}
	return fx.Options(append(stores,
		fx.Provide(func(values kit.Cache, db Database, log *slog.Logger) *cachedstore.Cache {
			return cachedstore.New(values, db, log)
		}),
		fx.Decorate(func(c *cachedstore.Cache) kit.Transactor { return c }),
		Subscribe(func(c *cachedstore.Cache) *cachedstore.Cache { return c }),
		Middleware(func() func(http.Handler) http.Handler { return cachedstore.Age }),
		Metrics(newCachedStoreCollector),
	)...)
}

var cachedStoreLost = prometheus.NewDesc("cachedstore_lost_total",
	"Changes that could not be removed from the cache in time, and may be there until their ttl ends.", nil, nil)

func newCachedStoreCollector(c *cachedstore.Cache) collector {
	return collector{[]*prometheus.Desc{cachedStoreLost}, func(to chan<- prometheus.Metric) {
		to <- prometheus.MustNewConstMetric(cachedStoreLost, prometheus.CounterValue, float64(c.Lost()))
	}}
}
