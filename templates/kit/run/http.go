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
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

type httpParams struct {
	fx.In

	Config     Config
	Log        slog.Handler
	Registry   *prometheus.Registry
	Store      Database
	Delivery   delivery.Deps
	OpenAPI    openAPI            `optional:"true"`
	Checks     []httpserver.Check `group:"checks"`
	Middleware []middleware       `group:"middleware"`
}

func newHTTPServer(p httpParams) (*httpserver.Server, error) {
	deps := httpserver.Deps{
		Log:     slog.New(p.Log), // its lines name the request themselves
		Metrics: p.Registry,
		Checks: append(p.Checks,
			httpserver.Check{Name: "store", Ping: p.Store.Ping},
			httpserver.Check{Name: "bus", Ping: p.Delivery.Bus.Ping, Later: true}, // the outbox keeps events meanwhile
			httpserver.Check{Name: "outbox", Ping: promptly(p.Store), Later: true}),
		Idempotency: p.Store,
		Tx:          p.Delivery.Tx,
		Clock:       p.Delivery.Clock,
		OpenAPI:     p.OpenAPI.document,
		Docs:        p.OpenAPI.docs,
	}
	slices.SortFunc(p.Middleware, func(a, b middleware) int { return cmp.Compare(a.place, b.place) })
	for _, m := range p.Middleware {
		deps.Middleware = append(deps.Middleware, m.wrap)
	}
	if !p.Config.Log.Access {
		deps.Access = slog.New(slog.DiscardHandler)
	}
	s, err := httpserver.New(p.Config.HTTP, deps)
	return s, blame("the HTTP server", "http.addr", err)
}

// lagging is how long an event may wait for the bus before the service is behind.
const lagging = time.Minute

// promptly returns a check that events do not wait for long.
func promptly(outbox kit.Outbox) func(context.Context) error {
	return func(ctx context.Context) error {
		waiting, oldest, err := outbox.Lag(ctx)
		if err == nil && waiting > 0 && time.Since(oldest) > lagging {
			err = kit.Errorf(kit.Unavailable, "%d events wait for the bus, the oldest since %s", waiting, oldest.UTC().Format(time.RFC3339))
		}
		return err
	}
}

// startHTTP serves once everything else has started and stops before everything
// else: it makes the service not ready, keeps serving for the delay, and then
// takes no more requests and answers those that it has.
func startHTTP(life fx.Lifecycle, s *httpserver.Server, c Config, log *slog.Logger) {
	start := func(ctx context.Context) error {
		return blame("the HTTP address", "http.addr", s.Start(ctx))
	}
	stop := func(ctx context.Context) {
		s.Drain()
		delay, cancel := context.WithTimeout(ctx, c.Shutdown.Delay)
		defer cancel()
		<-delay.Done()
		ctx, cancel = halfOf(ctx)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			log.WarnContext(ctx, "some requests were not answered in time", "error", err)
		}
	}
	life.Append(fx.StartStopHook(start, stop))
}

// halfOf returns a context with half of the time that ctx has left, so that what
// stops later has time, too.
func halfOf(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/2)
}
