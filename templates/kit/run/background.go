package run

import (
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

// startBackground runs the tasks in the background until the service stops. If
// one fails, the service stops.
func startBackground(tasks []backgroundTask, life fx.Lifecycle, log *slog.Logger, shut fx.Shutdowner) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	start := func() {
		for _, t := range tasks {
			running.Go(func() {
				if err := t.run(ctx); err != nil {
					log.ErrorContext(ctx, "background work failed", "name", t.name, "error", err)
					_ = shut.Shutdown(fx.ExitCode(exitFailed)) // it fails only if the service is not running
				}
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

// run runs the task. It is an error if it ends before ctx.
func (t backgroundTask) run(ctx context.Context) error {
	err := t.do(ctx)
	if ctx.Err() != nil {
		return nil
	}
	if err == nil {
		return errors.New("it returned while the service was running")
	}
	return err
}
