package run

import (
	"cmp"
	"context"
	"errors"
	"log/slog"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// runService runs the service until ctx ends or it fails.
func runService(ctx context.Context, p Program, l commandLine) int {
	c, loaded, err := p.load(l)
	if err != nil {
		return p.refuse(err)
	}
	easeCollector()
	var s runningService
	s.wired = fx.New(
		coreModule(ctx, p, c, toServe),
		servingModule(c),
		fx.StopTimeout(c.Shutdown.Delay+c.Shutdown.Timeout),
		fx.Populate(&s.server, &s.log),
	)
	if err := s.wired.Err(); err != nil {
		return p.cannot("start", err, loaded)
	}
	if err := s.wired.Start(ctx); err != nil {
		return p.cannot("start", err, loaded)
	}
	s.announce(p, c, p.file(l))
	ended := s.await(ctx)
	if err := errors.Join(ended, s.stop()); err != nil {
		return exitFailed
	}
	return exitDone
}

// runningService is the service while it runs.
type runningService struct {
	wired  *fx.App
	server *httpserver.Server
	log    *slog.Logger
}

func (s runningService) announce(p Program, c Config, file string) {
	s.log.Info("serving", "url", "http://"+s.server.Addr().String(), "version", p.Version,
		"store", c.Store.Adapter, "bus", c.Bus.Adapter, "config", cmp.Or(file, "built in"))
}

// await returns when the service is to stop, with an error if that is because
// it failed.
func (s runningService) await(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case err := <-s.server.Failed():
		s.log.Error("stopping: the HTTP server failed", "error", err)
		return err
	case asked := <-s.wired.Wait():
		if asked.ExitCode != 0 {
			s.log.Error("stopping: a part of the service asked for it", "code", asked.ExitCode)
			return errors.New("a part of the service failed")
		}
	}
	s.log.Info("stopping: no longer ready, finishing what has begun")
	return nil
}

// stop stops everything in order. What has no time is cut off: whatever was
// acknowledged is in the store.
func (s runningService) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.wired.StopTimeout())
	defer cancel()
	if err := s.wired.Stop(ctx); err != nil {
		s.log.Error("stopped, not in order", "error", err)
		return err
	}
	s.log.Info("stopped")
	return nil
}
