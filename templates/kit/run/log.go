package run

import (
	"context"
	"log/slog"

	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// newLog returns the handler that writes the log; the log for everything that
// happens on behalf of a request, whose lines name the request if they have its
// context; and the level of both, which may change while the service runs.
func newLog(s *service, c Config) (slog.Handler, *slog.Logger, *slog.LevelVar) {
	level := &slog.LevelVar{}
	setLevel(level, c.Log)
	options := &slog.HandlerOptions{Level: level}
	var h slog.Handler = slog.NewTextHandler(s.stderr, options)
	if c.Log.Format == "json" {
		h = slog.NewJSONHandler(s.stderr, options)
	}
	return h, slog.New(requestHandler{h}), level
}

func setLevel(level *slog.LevelVar, c LogConfig) {
	_ = level.UnmarshalText([]byte(c.Level)) // LogConfig.Check has accepted it
}

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
