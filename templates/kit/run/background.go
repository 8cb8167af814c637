package run

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"

	"go.uber.org/fx"
)

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
