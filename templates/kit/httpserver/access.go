package httpserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// statusGone is logged for a client that did not wait for an error.
const statusGone = 499

// log measures the request and writes its log line: an error if the service is to
// blame.
func (rt *route) log(r *Request, status int, err error) {
	if err != nil && errors.Is(r.Context().Err(), context.Canceled) {
		status = statusGone
	}
	now := time.Now()
	took := now.Sub(r.arrived)
	if rt.timings != nil {
		rt.timings.WithLabelValues(strconv.Itoa(status)).Observe(took.Seconds())
	}
	level, h := slog.LevelInfo, rt.access
	if status >= http.StatusInternalServerError {
		level, h = slog.LevelError, rt.errors
	}
	if !h.Enabled(r.Context(), level) {
		return
	}
	// The record has no source position: slog would have to look it up, and it is
	// always this one.
	line := slog.NewRecord(now, level, "request", 0)
	line.AddAttrs(
		slog.String("path", r.URL.Path),
		slog.Int("status", status),
		slog.Duration("duration", took),
		slog.String("request_id", r.id),
	)
	if rt.pattern == unmatchedPattern {
		line.AddAttrs(slog.String("method", r.Method))
	}
	if err != nil {
		line.AddAttrs(errorAttrs(err)...)
	}
	_ = h.Handle(r.Context(), line) // there is nowhere to report a log that cannot be written
}

func errorAttrs(err error) []slog.Attr {
	attrs := []slog.Attr{slog.String("error", err.Error())}
	if p, ok := errors.AsType[*panicError](err); ok {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	return attrs
}
