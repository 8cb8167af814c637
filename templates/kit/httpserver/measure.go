package httpserver

import (
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// measure holds the metrics of the server.
type measure struct {
	durations *prometheus.HistogramVec // nil if there is no registry
	unmatched *route
}

func newMeasure(r prometheus.Registerer, s *Server) (*measure, error) {
	m := &measure{}
	if r != nil {
		m.durations = prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "http_request_duration_seconds",
			Help:    "Duration of requests by method, route and status.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route", "status"})
		for _, c := range []prometheus.Collector{
			m.durations,
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "http_requests_in_flight",
				Help: "Requests being handled.",
			}, func() float64 { return float64(len(s.gate.places)) }),
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "http_connections_open",
				Help: "Open connections.",
			}, func() float64 { return float64(s.listener.open.Load()) }),
		} {
			if err := r.Register(c); err != nil {
				return nil, kit.Wrap(kit.Invalid, err, "cannot register the metrics of the HTTP server")
			}
		}
	}
	return m, nil
}

// timings observes the durations of one route. It looks up the histogram of a status
// once.
type timings struct {
	durations     *prometheus.HistogramVec
	method, route string
	byStatus      *[500]atomic.Pointer[prometheus.Observer]
}

// of returns the timings of a pattern, such as "GET /orders/{id}".
func (m *measure) of(pattern string) timings {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		method, path = "any", pattern
	}
	return timings{
		durations: m.durations,
		method:    method,
		route:     path,
		byStatus:  new([500]atomic.Pointer[prometheus.Observer]),
	}
}

func (t *timings) observe(status int, took time.Duration) {
	if t.durations == nil || status < 100 || status >= 600 {
		return
	}
	place := &t.byStatus[status-100]
	o := place.Load()
	if o == nil {
		found := t.durations.WithLabelValues(t.method, t.route, strconv.Itoa(status))
		o = &found
		place.Store(o)
	}
	(*o).Observe(took.Seconds())
}
