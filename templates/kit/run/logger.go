package run

import (
	"context"
	"io"
	"log/slog"

	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// newLogHandler returns what writes the log.
func newLogHandler(o *logOutput, c LogConfig) slog.Handler { return handlerTo(o, c) }

// newAccessLog returns the log for the lines about requests.
func newAccessLog(o *logOutput, c LogConfig) *slog.Logger {
	if !c.Access {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(handlerTo(o.late(), c))
}

func handlerTo(w io.Writer, c LogConfig) slog.Handler {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // Check has seen that it is one
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.NewJSONHandler(w, options)
	}
	return slog.NewTextHandler(w, options)
}

// newLogger returns the log for everything that happens on behalf of a request:
// lines that have its context say which request it was.
func newLogger(h slog.Handler) *slog.Logger { return slog.New(requestHandler{h}) }

// requestHandler adds the identifier of the request that the context is of.
type requestHandler struct{ slog.Handler }

func (h requestHandler) Handle(ctx context.Context, r slog.Record) error {
	if id := httpserver.RequestID(ctx); id != "" {
		r = r.Clone()
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestHandler{h.Handler.WithAttrs(attrs)}
}

func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.Handler.WithGroup(name)}
}
