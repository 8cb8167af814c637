package run

import (
	"cmp"
	"context"
	"errors"
	"log/slog"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// serve runs the service until ctx ends or something of it fails.
func (s *service) serve(ctx context.Context, _ []string) error {
	var r running
	r.app = fx.New(s.serving(ctx), fx.Populate(&r.server, &r.log, &r.level))
	if err := r.app.Start(ctx); err != nil {
		return s.fail("start", err)
	}
	s.watch(ctx, r.log, r.level)
	r.log.Info("serving", "url", "http://"+r.server.Addr().String(), "version", s.version,
		"store", s.loaded.Entry(storeKey).Value, "bus", s.loaded.Entry(busKey).Value, "config", cmp.Or(s.input.File, "built in"))
	ended := r.await(ctx)
	if err := errors.Join(ended, r.stop()); err != nil {
		return reported{exitFailed}
	}
	return nil
}

// serving returns all that serving needs. What is constructed first is stopped
// last.
func (s *service) serving(ctx context.Context) fx.Option {
	var addRoutes []any
	for _, r := range s.routes {
		addRoutes = append(addRoutes, r.add)
	}
	return fx.Options(
		s.graph(ctx, server),
		fx.StopTimeout(s.config.Shutdown.Delay+s.config.Shutdown.Timeout),
		fx.Invoke(func(Database) {}, func(kit.Bus) {}),
		fx.Invoke(addRoutes...),
		fx.Invoke(
			fx.Annotate(addMetrics, fx.ParamTags(`group:"metrics"`)),
			fx.Annotate(startDelivery, fx.ParamTags(`group:"subscribers"`)),
			fx.Annotate(startBackground, fx.ParamTags(`group:"background"`)),
			startHTTP,
		),
	)
}

// running is the service while it runs.
type running struct {
	app    *fx.App
	server *httpserver.Server
	log    *slog.Logger
	level  *slog.LevelVar
}

// await returns when the service is to stop, with an error if something failed.
func (r running) await(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case err := <-r.server.Failed():
		r.log.Error("stopping: the HTTP server failed", "error", err)
		return err
	case asked := <-r.app.Wait():
		if asked.ExitCode != 0 {
			r.log.Error("stopping: a part of the service failed", "code", asked.ExitCode)
			return errors.New("a part of the service failed")
		}
	}
	r.log.Info("stopping: no longer ready, finishing requests and events")
	return nil
}

// stop stops everything in order. What takes too long is cut off: all that was
// acknowledged is in the store.
func (r running) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), r.app.StopTimeout())
	defer cancel()
	if err := r.app.Stop(ctx); err != nil {
		r.log.Error("stopped with an error", "error", err)
		return err
	}
	r.log.Info("stopped")
	return nil
}
