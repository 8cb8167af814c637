package delivery

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// outcome is what became of an event that was published.
type outcome struct {
	message kit.Message
	err     error
}

// record takes note of an outcome.
func (r *Relay) record(o outcome) {
	r.mu.Lock()
	r.outcomes = append(r.outcomes, o)
	r.mu.Unlock()
	select {
	case r.recorded <- struct{}{}:
	default:
	}
}

// collect returns a batch of outcomes.
func (r *Relay) collect() (batch []outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(len(r.outcomes), batchSize)
	batch, r.outcomes = r.outcomes[:n], r.outcomes[n:]
	return batch
}

// settle settles a batch of outcomes, and reports whether there were any: it
// removes the events that were taken from the outbox, buries those that can never be,
// and releases those that failed, with those that waited for them.
func (r *Relay) settle(ctx context.Context) bool {
	var done, failed []kit.UUID
	var cause error
	batch := r.collect()
	for _, o := range batch {
		m := o.message
		switch {
		case o.err == nil:
			r.deps.Counter.Published.Add(1)
		case kit.CodeOf(o.err) == kit.Invalid:
			r.bury(ctx, m, o.err)
		default:
			cause = o.err
			failed = append(append(failed, m.ID), idsOf(r.backlog.failed(m))...)
			continue
		}
		r.backlog.landed(m)
		done = append(done, m.ID)
	}
	r.untilDone(ctx, "cannot remove events from the outbox that were delivered; trying again", done, r.deps.Outbox.Done)
	if cause != nil {
		r.deps.Log.DebugContext(ctx, "the bus did not take events; they stay in the outbox", "events", len(failed), "error", cause)
		r.untilDone(ctx, "cannot release events that the bus did not take; trying again", failed, r.deps.Outbox.Release)
		r.failures++
	} else if len(batch) > 0 {
		r.failures = 0
	}
	return len(batch) > 0
}

// bury makes an event that the bus can never take a dead letter of no group. Whether that
// is done when ctx ends does not matter: its removal from the outbox, which follows, fails
// with ctx as well, and both are done again.
func (r *Relay) bury(ctx context.Context, m kit.Message, cause error) {
	r.untilDone(ctx, "cannot add a dead letter; trying again", []kit.UUID{m.ID}, func(ctx context.Context, _ ...kit.UUID) error {
		return r.deps.bury(ctx, m, 1, cause)
	})
}

// settleRest settles what is in flight, until ctx ends.
func (r *Relay) settleRest(ctx context.Context) {
	for len(r.backlog.inFlight) > 0 && ctx.Err() == nil {
		if !r.settle(ctx) {
			r.rest(ctx)
		}
	}
}

// untilDone calls do with the IDs until it succeeds, or ctx ends: an event that was
// taken must not be published again, and one that failed should not wait until its
// lease ends.
func (r *Relay) untilDone(ctx context.Context, complaint string, ids []kit.UUID, do func(context.Context, ...kit.UUID) error) {
	for attempt := 1; len(ids) > 0; attempt++ {
		limited, cancel := context.WithTimeout(ctx, r.config.Timeout)
		err := do(limited, ids...)
		cancel()
		if err == nil || ctx.Err() != nil {
			return
		}
		r.deps.Log.WarnContext(ctx, complaint, "events", len(ids), "error", err)
		r.failures++
		if r.pause(ctx, attempt) != nil {
			return
		}
	}
}

// pause waits after an attempt that failed because a server is away.
func (r *Relay) pause(ctx context.Context, attempt int) error {
	return retry.Pause(ctx, min(r.config.backoff(attempt), longestOutage))
}
