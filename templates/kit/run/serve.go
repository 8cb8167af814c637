package run

import (
	"cmp"
	"context"
	"log/slog"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// serve runs the service until ctx ends or something of it fails.
func (s *service) serve(ctx context.Context, _ []string) error {
	var (
		web   *httpserver.Server
		log   *slog.Logger
		level *slog.LevelVar
	)
	app := fx.New(s.serving(ctx, server), fx.Populate(&web, &log, &level))
	if err := app.Start(ctx); err != nil {
		return s.fail("start", err)
	}
	slog.SetDefault(log) // for what is not given one
	s.watch(ctx, log, level)
	log.Info("serving", "url", "http://"+web.Addr().String(), "version", s.version,
		"store", s.parts.Store.Adapter, "bus", s.parts.Bus.Adapter, "config", cmp.Or(s.input.File, "built in"))
	failed := await(ctx, app, web, log)
	// What takes too long is cut off: all that was acknowledged is in the store.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), app.StopTimeout())
	defer cancel()
	if err := app.Stop(ctx); err != nil {
		log.Error("stopped with an error", "error", err)
		return reported{exitFailed}
	}
	log.Info("stopped")
	return failed
}

// await returns when the service is to stop, with an error if something failed.
func await(ctx context.Context, app *fx.App, server *httpserver.Server, log *slog.Logger) error {
	select {
	case <-ctx.Done():
	case err := <-server.Failed():
		log.Error("stopping: the HTTP server failed", "error", err)
		return reported{exitFailed}
	case asked := <-app.Wait():
		if asked.ExitCode != 0 {
			log.Error("stopping: a part of the service failed", "code", asked.ExitCode)
			return reported{exitFailed}
		}
	}
	log.Info("stopping: no longer ready, finishing requests and events")
	return nil
}

// serving returns all that serving needs. What is constructed first is stopped
// last.
func (s *service) serving(ctx context.Context, as role) fx.Option {
	return fx.Options(
		s.graph(ctx, as),
		fx.StopTimeout(s.config.Shutdown.Delay+s.config.Shutdown.Timeout),
		fx.Invoke(func(Database) {}, func(kit.Bus) {}),
		fx.Invoke(s.parts.Routes...),
		fx.Invoke(
			fx.Annotate(addMetrics, fx.ParamTags(`group:"metrics"`)),
			fx.Annotate(startDelivery, fx.ParamTags(`group:"subscribers"`)),
			fx.Annotate(startBackground, fx.ParamTags(`group:"background"`)),
			startHTTP,
		),
	)
}

// role is what a command opens the store and the bus as.
type role int

const (
	server  role = iota // the one process that serves, which brings the tables up to date
	beside              // a command that may run while the service does
	looking             // one that changes nothing, and constructs without starting
)

// graph returns what a command is wired from: the service, and what run provides
// for it. Constructors that take a context get that of the command.
func (s *service) graph(ctx context.Context, as role) fx.Option {
	return fx.Options(
		s.wiring,
		fx.Supply(s, s.config, as),
		fx.Provide(
			func() context.Context { return ctx },
			func() kit.Clock { return kit.SystemClock{} },
			newLog,
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
