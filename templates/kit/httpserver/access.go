package httpserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// statusGone is logged if the request failed after the client had disconnected.
const statusGone = 499

// log measures the request and writes its log line, at level error if the service failed.
func (rt *route) log(r *Request, status int, err error) {
	if err != nil && errors.Is(r.Context().Err(), context.Canceled) {
		status = statusGone
	}
	took := time.Since(r.arrived)
	if rt.timings != nil {
		rt.timings.WithLabelValues(strconv.Itoa(status)).Observe(took.Seconds())
	}
	attrs := []slog.Attr{
		slog.String("path", r.URL.Path),
		slog.Int("status", status),
		slog.Duration("duration", took),
		slog.String("request_id", r.id),
	}
	if rt.pattern == unmatchedPattern {
		attrs = append(attrs, slog.String("method", r.Method))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	if p, ok := errors.AsType[*panicError](err); ok {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	level, log := slog.LevelInfo, rt.access
	if status >= http.StatusInternalServerError {
		level, log = slog.LevelError, rt.errors
	}
	log.LogAttrs(r.Context(), level, "request", attrs...)
}
