package run

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// httpModule is the HTTP server. It is constructed before the services, which
// are mounted on it, and started after them.
func httpModule() fx.Option { return fx.Provide(newHTTPServer) }

type httpParams struct {
	fx.In

	Program      Program
	Config       Config
	Log          slog.Handler
	Output       *logOutput
	Registry     *prometheus.Registry
	Dependencies []readinessCheck `group:"dependency"`
	Idempotency  kit.Idempotency
	Tx           kit.Transactor
	Clock        kit.Clock
}

func newHTTPServer(p httpParams) (*httpserver.Server, error) {
	deps := httpserver.Deps{
		Name:        p.Program.Name,
		Version:     p.Program.Version,
		Log:         slog.New(p.Log), // its lines name the request themselves
		Access:      newAccessLog(p.Output, p.Config.Log),
		Metrics:     p.Registry,
		Gather:      p.Registry,
		Checks:      checksOf(p.Dependencies),
		Idempotency: p.Idempotency,
		Tx:          p.Tx,
		Clock:       p.Clock,
		OpenAPI:     httpserver.OpenAPI(),
	}
	s, err := httpserver.New(p.Config.HTTP, deps)
	return s, blameOn("the HTTP server", "http.addr", err)
}

// checksOf returns the checks in the order of names: fx groups have none.
func checksOf(dependencies []readinessCheck) []httpserver.Check {
	checks := make([]httpserver.Check, len(dependencies))
	for i, d := range dependencies {
		checks[i] = httpserver.Check{Name: d.name, Ping: d.ping}
	}
	slices.SortFunc(checks, func(a, b httpserver.Check) int { return cmp.Compare(a.Name, b.Name) })
	return checks
}

// startHTTP begins to serve when everything else has started, and stops before
// everything else: first it says that it is not ready, then it goes on for the
// delay, then it takes no more requests and answers those that it has.
func startHTTP(life fx.Lifecycle, s *httpserver.Server, c Config, log *slog.Logger) {
	life.Append(fx.Hook{
		OnStart: func(ctx context.Context) error {
			return blameOn("the HTTP address", "http.addr", s.Start(ctx))
		},
		OnStop: func(ctx context.Context) error {
			s.Drain()
			waitFor(ctx, c.Shutdown.Delay)
			ctx, cancel := shareOf(ctx, 2)
			defer cancel()
			if err := s.Shutdown(ctx); err != nil {
				log.WarnContext(ctx, "not every request could be answered", "error", err)
			}
			return nil
		},
	})
}

// shareOf returns a context that ends when one nth of the time that is left has
// passed, so that what comes later has time, too.
func shareOf(ctx context.Context, n time.Duration) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/n)
}

// waitFor waits for some time, or until ctx ends.
func waitFor(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
