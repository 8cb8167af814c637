package run

import (
	"context"
	"log/slog"

	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// newLogHandler returns the handler that writes the log.
func newLogHandler(s *service, c Config, level *slog.LevelVar) slog.Handler {
	options := &slog.HandlerOptions{Level: level}
	if c.Log.Format == "json" {
		return slog.NewJSONHandler(s.stderr, options)
	}
	return slog.NewTextHandler(s.stderr, options)
}

// newLevel returns the level of the log, which may change while the service runs.
func newLevel(c Config) *slog.LevelVar {
	level := &slog.LevelVar{}
	setLevel(level, c.Log)
	return level
}

func setLevel(level *slog.LevelVar, c LogConfig) {
	_ = level.UnmarshalText([]byte(c.Level)) // LogConfig.Check has accepted it
}

// newLogger returns the log for everything that happens on behalf of a request:
// lines with its context name the request.
func newLogger(h slog.Handler) *slog.Logger { return slog.New(requestHandler{h}) }

// requestHandler adds the identifier of the request that the context belongs to.
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
