package run

import (
	"context"
	"errors"
	"log/slog"

	"github.com/outgrowkit/outgrow/templates/kit/config"
)

const levelKey = "log.level"

// watch watches the configuration file while the service runs. It sets the level
// of the log when that changes, and logs that any other change needs a restart.
func (s *service) watch(ctx context.Context, log *slog.Logger, level *slog.LevelVar) {
	if s.input.File == "" {
		return
	}
	before := s.loaded
	err := config.Watch(s.input.File, func() {
		if now := s.reload(ctx, log); now != nil {
			setLevel(level, now.config.Log)
			reportChanges(ctx, log, now.loaded.Changed(before), level)
			before = now.loaded
		}
	})
	if err != nil {
		log.WarnContext(ctx, "changes of the configuration file will not be noticed", "error", err)
	}
}

// reload reads the configuration again. It returns nil if the configuration is wrong,
// and logs why.
func (s *service) reload(ctx context.Context, log *slog.Logger) *configured {
	now, err := s.load(s.input)
	if mistakes, ok := errors.AsType[config.Mistakes](err); ok {
		for _, m := range mistakes {
			log.ErrorContext(ctx, "the changed configuration is invalid; the service keeps the previous one", "where", m.About(), "problem", m.Problem)
		}
		return nil
	}
	if err != nil {
		log.ErrorContext(ctx, "cannot read the changed configuration", "error", err)
		return nil
	}
	return now
}

// reportChanges logs what has changed. The new level of the log is in effect by then,
// and does not hide that it has changed.
func reportChanges(ctx context.Context, log *slog.Logger, changed []config.Entry, level *slog.LevelVar) {
	for _, e := range changed {
		if e.Key == levelKey {
			log.Log(ctx, max(level.Level(), slog.LevelInfo), levelKey+" has changed", "value", e.Value, "source", e.Source)
			continue
		}
		log.WarnContext(ctx, e.Key+" has changed: it needs a restart", "value", e.Value, "source", e.Source)
	}
}
