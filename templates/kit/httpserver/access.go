package httpserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// statusGone is logged if the request failed after the client had disconnected.
const statusGone = 499

// addMetrics makes the metrics of the server, and registers them if there is a registry.
func (s *Server) addMetrics() error {
	s.durations = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "http_request_duration_seconds",
		Help:    "Duration of requests by method, route and status.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"method", "route", "status"})
	if s.deps.Metrics == nil {
		return nil
	}
	gauge := func(name, help string, value func() int64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	}
	for _, c := range []prometheus.Collector{
		s.durations,
		gauge("http_requests_in_flight", "Requests being handled.", func() int64 { return int64(len(s.admission.slots)) }),
		gauge("http_body_bytes", "Bytes of bodies held in memory.", func() int64 { return s.bodies.held.Load() + s.answers.held.Load() }),
		gauge("http_connections_open", "Open connections.", s.connections.open.Load),
	} {
		if err := s.deps.Metrics.Register(c); err != nil {
			return kit.Wrap(kit.Invalid, err, "cannot register the metrics of the HTTP server")
		}
	}
	return nil
}

// log measures the request and writes its log line, at level error if the service failed.
func (s *Server) log(r *Request, status int, err error) {
	if err != nil && errors.Is(r.Context().Err(), context.Canceled) {
		status = statusGone
	}
	took := time.Since(r.arrived)
	method, path, ok := strings.Cut(r.route, " ")
	if !ok {
		method, path = "any", r.route
	}
	s.durations.WithLabelValues(method, path, strconv.Itoa(status)).Observe(took.Seconds())
	attrs := []slog.Attr{
		slog.String("route", r.route),
		slog.String("path", r.URL.Path),
		slog.Int("status", status),
		slog.Duration("duration", took),
		slog.String("request_id", r.id),
	}
	if r.route == unmatchedPattern {
		attrs = append(attrs, slog.String("method", r.Method))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	if r.stack != nil {
		attrs = append(attrs, slog.String("stack", string(r.stack)))
	}
	level, log := slog.LevelInfo, s.deps.Access
	if status >= http.StatusInternalServerError {
		level, log = slog.LevelError, s.deps.Log
	}
	log.LogAttrs(r.Context(), level, "request", attrs...)
}
