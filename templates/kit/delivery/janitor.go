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
}

// NewJanitor returns a janitor. Of the dependencies, it needs Inbox, Outbox, Clock and
// Log.
func NewJanitor(c Config, d Deps, idempotency kit.Idempotency) *Janitor {
	return &Janitor{config: c.filled(), deps: d, idempotency: idempotency}
}

// Run sweeps every hour, until ctx ends. It waits before the first time: what was handled
// before the service started, and not acknowledged, is delivered again, after however long
// an outage.
func (j *Janitor) Run(ctx context.Context) error {
	for tick := time.Tick(sweepInterval); ; {
		select {
		case <-tick:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := j.Sweep(ctx); err != nil && ctx.Err() == nil {
			j.deps.Log.WarnContext(ctx, "cannot remove old records; trying again in an hour", "error", err)
		}
	}
}

// Sweep removes records that are older than the configuration allows. An event that is
// still in the outbox may have been handled: what was handled since it was written is
// remembered.
func (j *Janitor) Sweep(ctx context.Context) error {
	before := j.deps.Clock.Now().Add(-j.config.Remember)
	_, oldest, err := j.deps.Outbox.Lag(ctx)
	if err != nil {
		return err
	}
	handled := before
	if !oldest.IsZero() && oldest.Before(before) {
		handled = oldest
	}
	if _, err := j.deps.Inbox.Purge(ctx, handled); err != nil {
		return err
	}
	_, err = j.idempotency.Expire(ctx, before)
	return err
}
