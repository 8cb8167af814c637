package httpserver

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// registerMetrics registers the metrics of the server and returns the durations of
// requests.
func (s *Server) registerMetrics(r prometheus.Registerer) (*prometheus.HistogramVec, error) {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "http_request_duration_seconds",
		Help:    "Duration of requests by method, route and status.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"method", "route", "status"})
	for _, c := range []prometheus.Collector{
		durations,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "http_requests_in_flight",
			Help: "Requests being handled.",
		}, func() float64 { return float64(len(s.admission.slots)) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "http_connections_open",
			Help: "Open connections.",
		}, func() float64 { return float64(s.listener.open.Load()) }),
	} {
		if err := r.Register(c); err != nil {
			return nil, kit.Wrap(kit.Invalid, err, "cannot register the metrics of the HTTP server")
		}
	}
	return durations, nil
}

// timingsOf returns the durations for a pattern such as "GET /orders/{id}", or nil if
// there are none.
func timingsOf(durations *prometheus.HistogramVec, pattern string) prometheus.ObserverVec {
	if durations == nil {
		return nil
	}
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		method, path = "any", pattern
	}
	return durations.MustCurryWith(prometheus.Labels{"method": method, "route": path})
}
