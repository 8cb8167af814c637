package delivery

import (
	"context"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// sweepInterval is how often a janitor sweeps.
const sweepInterval = time.Hour

// Janitor removes records that are not needed any more: of events that were
// handled, and of answers to requests with an idempotency key.
type Janitor struct {
	config      Config
	deps        Deps
	idempotency kit.Idempotency
	cancel      context.CancelFunc
	ended       chan struct{}
}

// NewJanitor returns a janitor. It does nothing until Start.
func NewJanitor(c Config, d Deps, idempotency kit.Idempotency) *Janitor {
	return &Janitor{config: c.filled(), deps: d, idempotency: idempotency}
}

// Start sweeps now and every hour, until Stop.
func (j *Janitor) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	j.cancel, j.ended = cancel, make(chan struct{})
	go func() {
		defer close(j.ended)
		for ctx.Err() == nil {
			if err := j.Sweep(ctx); err != nil && ctx.Err() == nil {
				j.deps.Log.WarnContext(ctx, "cannot remove old records; trying again in an hour", "error", err)
			}
			_ = sleep(ctx, sweepInterval) // the loop notices when ctx ends
		}
	}()
}

// Stop stops sweeping and waits for a sweep that is running.
func (j *Janitor) Stop() {
	if j.cancel != nil {
		j.cancel()
		<-j.ended
	}
}

// Sweep removes records that are older than the configuration allows.
func (j *Janitor) Sweep(ctx context.Context) error {
	before := j.deps.Clock.Now().Add(-j.config.Remember)
	if _, err := j.deps.Inbox.Purge(ctx, before); err != nil {
		return err
	}
	_, err := j.idempotency.Expire(ctx, before)
	return err
}
