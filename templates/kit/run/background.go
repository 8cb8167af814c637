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

type backgroundParams struct {
	fx.In

	Tasks []backgroundTask `group:"background"`
	Log   *slog.Logger
	Shut  fx.Shutdowner
}

// startBackground runs the tasks in the background until the service stops.
func startBackground(life fx.Lifecycle, p backgroundParams) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	life.Append(fx.Hook{
		OnStart: func(context.Context) error {
			for _, t := range p.Tasks {
				running.Go(func() { p.run(ctx, t) })
			}
			return nil
		},
		OnStop: func(stop context.Context) error {
			cancel()
			ended := make(chan struct{})
			go func() {
				running.Wait()
				close(ended)
			}()
			select {
			case <-ended:
			case <-stop.Done():
				p.Log.WarnContext(stop, "background work did not end in time")
			}
			return nil
		},
	})
}

// run runs a task, and stops the service if the task ends before it.
func (p backgroundParams) run(ctx context.Context, t backgroundTask) {
	err := t.do(ctx)
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		err = errors.New("it returned while the service was running")
	}
	p.Log.ErrorContext(ctx, "background work failed", "name", t.name, "error", err)
	_ = p.Shut.Shutdown(fx.ExitCode(exitFailed)) // it fails only if the service is not running
}
