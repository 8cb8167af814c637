package run

import (
	"context"
	"log/slog"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// openPurpose is what a command opens the store for.
type openPurpose int

const (
	toServe  openPurpose = iota // alone, and migrated
	toLookIn                    // while another process may be serving
)

// readinessCheck is something that must answer for the service to be ready.
type readinessCheck struct {
	name string
	ping func(context.Context) error
}

// dependencyTrial is how the check command tries a dependency, without opening
// it as the service does.
type dependencyTrial struct {
	name string                                // such as "store (sqlite)"
	key  string                                // what to change where it fails
	look func(context.Context) (string, error) // returns what there is to know
}

// coreModule is what everything is wired with. Constructors that take a context
// get the one that the program starts with.
func coreModule(ctx context.Context, p Program, c Config, why openPurpose) fx.Option {
	return fx.Options(
		fx.Supply(p, c, c.Log, c.Delivery, why),
		fx.Provide(
			func() context.Context { return ctx },
			newLogOutput,
			newLogHandler,
			newLogger,
			newRegistry,
			fx.Annotate(func() kit.SystemClock { return kit.SystemClock{} }, fx.As(new(kit.Clock))),
			fx.Annotate(func() jsoncodec.Events { return jsoncodec.Events{} }, fx.As(new(kit.EventCodec))),
		),
		fx.WithLogger(newWiringLog),
	)
}

// servingModule is the whole service. What is listed first is stopped last.
func servingModule(c Config) fx.Option {
	if err := checkNeeds(c.Bus, BusNeed()); err != nil {
		return fx.Error(err)
	}
	return fx.Options(
		fx.Module("store", storeModule(c.Store), fx.Invoke(func(kit.Outbox) {})),
		fx.Module("bus", busModule(c.Bus), fx.Invoke(func(kit.Bus) {})),
		fx.Module("service", Module(), httpModule(), serviceModule()),
		fx.Module("delivery", deliveryModule()),
		fx.Invoke(startHTTP),
	)
}

// newWiringLog has fx tell what it constructs to those who debug.
func newWiringLog(log *slog.Logger) fxevent.Logger {
	l := &fxevent.SlogLogger{Logger: log}
	l.UseLogLevel(slog.LevelDebug)
	l.UseErrorLevel(slog.LevelDebug) // whoever runs the program reports it
	return l
}

// subscribe has fx construct a subscriber and delivers events to it. The
// constructor may take whatever else fx constructs.
func subscribe(constructor any) fx.Option {
	return fx.Provide(fx.Annotate(constructor, fx.As(new(delivery.Subscriber)), fx.ResultTags(`group:"subscriber"`)))
}

// noAdapter fails for an adapter that the configuration should not have let
// through.
func noAdapter(port, name string) fx.Option {
	return fx.Error(blameOn("the "+port, port+".adapter", kit.Errorf(kit.Invalid, "there is no adapter %q", name)))
}
