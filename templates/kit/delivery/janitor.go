package delivery

import (
	"context"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// sweeping is how often a janitor sweeps.
const sweeping = time.Hour

// Janitor forgets what is not needed any more: which events were handled, and
// what requests with an idempotency key were answered.
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
				j.deps.Log.WarnContext(ctx, "old marks and replies could not be forgotten; trying again in an hour", "error", err)
			}
			_ = sleep(ctx, sweeping) // if ctx ends, so does the loop around
		}
	}()
}

// Stop ends the sweeping and waits for a sweep under way.
func (j *Janitor) Stop() {
	if j.cancel != nil {
		j.cancel()
		<-j.ended
	}
}

// Sweep forgets what is older than the configuration says.
func (j *Janitor) Sweep(ctx context.Context) error {
	before := j.deps.Clock.Now().Add(-j.config.Remember)
	if _, err := j.deps.Inbox.Purge(ctx, before); err != nil {
		return err
	}
	_, err := j.idempotency.Expire(ctx, before)
	return err
}
