package httpserver

import (
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// tell measures the answer and writes the line about it: an error where it is
// the service's fault.
func (rt *route) tell(r *Request, status int, err error) {
	now := time.Now()
	took := now.Sub(r.arrived)
	rt.timings.observe(status, took)
	level, h := slog.LevelInfo, rt.access
	if status >= http.StatusInternalServerError {
		level, h = slog.LevelError, rt.errors
	}
	if !h.Enabled(&r.ctx, level) {
		return
	}
	// A record without the place in the source, which slog would look up and
	// which is always this one.
	line := slog.NewRecord(now, level, "request", 0)
	line.AddAttrs(
		slog.String("path", r.URL.Path),
		slog.Int("status", status),
		slog.Duration("duration", took),
		slog.String("request_id", r.ctx.id),
	)
	if rt.pattern == unmatchedPattern {
		line.AddAttrs(slog.String("method", r.Method))
	}
	if err != nil {
		line.AddAttrs(whyOf(err)...)
	}
	_ = h.Handle(&r.ctx, line) // a log that cannot be written has nowhere to say so
}

func whyOf(err error) []slog.Attr {
	why := []slog.Attr{slog.String("error", err.Error())}
	if p, ok := errors.AsType[*panicError](err); ok {
		why = append(why, slog.String("stack", string(p.stack)))
	}
	return why
}
