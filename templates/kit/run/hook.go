package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit/delivery"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// The hooks below take a constructor: a function whose parameters are whatever
// else is provided. It may return an error as its last result. It is called
// only if the command that runs needs what it constructs, and once.

// Subscribe delivers events to the subscriber that the constructor returns, a
// delivery.Subscriber that also is a delivery.Handler or delivery.TxHandler.
func Subscribe(constructor any) fx.Option {
	return fx.Provide(fx.Annotate(constructor, fx.As(new(delivery.Subscriber)), fx.ResultTags(`group:"subscribers"`)))
}

// Middleware wraps the HTTP server in the middleware that the constructor
// returns, a func(http.Handler) http.Handler. The first one in the wiring is
// the outermost.
func Middleware(constructor any) fx.Option {
	place := written.Add(1)
	return collect(constructor, "middleware", func(wrap func(http.Handler) http.Handler) middleware { return middleware{place, wrap} })
}

// Routes calls the function before the HTTP server starts. Among its parameters
// is the *httpserver.Server, to which it adds routes.
func Routes(add any) fx.Option {
	return fx.Supply(fx.Annotate(add, fx.As(new(any)), fx.ResultTags(`group:"routes"`)))
}

// Ready makes the service ready only while a check succeeds. The constructor
// returns the check, a func(context.Context) error; /readyz shows its outcome
// under the name.
func Ready(name string, constructor any) fx.Option { return checked(constructor, name, false) }

// Behind is like Ready, but while its check fails the service is ready, and behind.
func Behind(name string, constructor any) fx.Option { return checked(constructor, name, true) }

func checked(constructor any, name string, later bool) fx.Option {
	type ping = func(context.Context) error
	return collect(constructor, "checks", func(p ping) httpserver.Check { return httpserver.Check{Name: name, Ping: p, Later: later} })
}

// Background runs a function beside the HTTP server for as long as the service
// runs. The constructor returns the function, a func(context.Context) error,
// which must return soon after its context ends. If it returns before, the
// service stops.
func Background(name string, constructor any) fx.Option {
	return collect(constructor, "background", func(do func(context.Context) error) backgroundTask { return backgroundTask{name, do} })
}

// Metrics adds the prometheus.Collector that the constructor returns to
// /metrics.
func Metrics(constructor any) fx.Option {
	return fx.Provide(fx.Annotate(constructor, fx.As(new(prometheus.Collector)), fx.ResultTags(`group:"metrics"`)))
}

// Command adds a command to the program. The constructor returns the function
// that runs it, a func(ctx context.Context, args []string) error. Use, Short,
// Args and the flags of cmd are those of any cobra command.
//
// The command may run while the service is running; the tables of the store
// must be up to date.
func Command(cmd *cobra.Command, constructor any) fx.Option {
	return fx.Supply(fx.Annotate(ownCommand{cmd, constructor}, fx.ResultTags(`group:"commands"`)))
}

// OpenAPI serves the document, in JSON, and a page in HTML that explains it to people.
func OpenAPI(document, docs []byte) fx.Option { return fx.Supply(openAPI{document, docs}) }

type (
	openAPI    struct{ document, docs []byte }
	middleware struct {
		place int64
		wrap  func(http.Handler) http.Handler
	}
	ownCommand struct {
		cmd         *cobra.Command
		constructor any // of the action that it runs
	}
)

// written numbers the hooks in the order of the wiring: a value group of fx has
// no order, and its values no names.
var written atomic.Int64

// collect provides what the constructor returns, a T, to a value group, as the
// function makes an element of it.
func collect[T, E any](constructor any, group string, element func(T) E) fx.Option {
	name := fmt.Sprintf(`name:"%s %d"`, group, written.Add(1))
	return fx.Provide(
		fx.Annotate(constructor, fx.ResultTags(name)),
		fx.Annotate(element, fx.ParamTags(name), fx.ResultTags(`group:"`+group+`"`)),
	)
}

// backgroundTask runs for as long as the service does.
type backgroundTask struct {
	name string
	do   func(context.Context) error
}

var errReturned = errors.New("it returned while the service was running")

// startBackground runs the tasks in the background until the service stops. If
// one ends before, the service stops.
func startBackground(tasks []backgroundTask, life fx.Lifecycle, log *slog.Logger, shut fx.Shutdowner) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	start := func() {
		for _, t := range tasks {
			running.Go(func() {
				err := t.do(ctx)
				if ctx.Err() != nil {
					return
				}
				log.ErrorContext(ctx, "background work failed", "name", t.name, "error", cmp.Or(err, errReturned))
				_ = shut.Shutdown(fx.ExitCode(exitFailed)) // it fails only if the service is not running
			})
		}
	}
	stop := func(stop context.Context) {
		cancel()
		ended := make(chan struct{})
		go func() {
			running.Wait()
			close(ended)
		}()
		select {
		case <-ended:
		case <-stop.Done():
			log.WarnContext(stop, "background work did not end in time")
		}
	}
	life.Append(fx.StartStopHook(start, stop))
}
