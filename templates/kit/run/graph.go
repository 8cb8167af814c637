package run

import (
	"context"
	"log/slog"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// role is what a command opens the store as.
type role int

const (
	server role = iota // the one process that serves, which brings the tables up to date
	beside             // a command that may run while the service does
)

// The keys that select the adapters.
const (
	storeKey = "store.adapter"
	busKey   = "bus.adapter"
)

// UnknownAdapter is an error for an adapter that the service does not have.
func UnknownAdapter(port, name string) fx.Option {
	return fx.Error(blame("the "+port, port+".adapter", kit.Errorf(kit.Invalid, "there is no adapter %q", name)))
}

// graph returns what a command is wired from: the service, and what run provides
// for it. Constructors that take a context get that of the command.
func (s *service) graph(ctx context.Context, as role) fx.Option {
	return fx.Options(
		s.wiring,
		fx.Supply(s, s.config, as),
		fx.Provide(
			func() context.Context { return ctx },
			func() kit.Clock { return kit.SystemClock{} },
			newLevel,
			newLogHandler,
			newLogger,
			newRegistry,
			newHTTPServer,
			newDeps,
		),
		Background("janitor", newJanitor),
		fx.WithLogger(newWiringLog),
	)
}

// newWiringLog returns what logs, at the level debug, what is constructed, starts
// and stops.
func newWiringLog(log *slog.Logger) fxevent.Logger {
	l := &fxevent.SlogLogger{Logger: log}
	l.UseLogLevel(slog.LevelDebug)
	l.UseErrorLevel(slog.LevelDebug) // the command reports the error
	return l
}
