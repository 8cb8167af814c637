package delivery

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// outcome is what became of an event that was published.
type outcome struct {
	id  kit.UUID
	key string
	err error
}

// record takes note of an outcome.
func (r *Relay) record(o outcome) {
	r.mu.Lock()
	r.outcomes = append(r.outcomes, o)
	r.mu.Unlock()
	signal(r.recorded)
}

// settleAll settles outcomes, in batches of those that have come together, until
// there will be no more, or ctx ends.
func (r *Relay) settleAll(ctx context.Context) {
	for ctx.Err() == nil {
		batch, more := r.collect()
		switch {
		case len(batch) > 0:
			r.settle(ctx, batch)
		case !more:
			return
		default:
			select {
			case <-r.recorded:
			case <-ctx.Done():
			}
		}
	}
}

// collect returns a batch of outcomes, and reports whether there will be more.
func (r *Relay) collect() (batch []outcome, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(len(r.outcomes), batchSize)
	batch, r.outcomes = r.outcomes[:n], r.outcomes[n:]
	return batch, r.publishing || r.inFlight > 0
}

// settle removes the events that were taken from the outbox, and releases those
// that failed.
func (r *Relay) settle(ctx context.Context, batch []outcome) {
	var taken []kit.UUID
	var failed []outcome
	for _, o := range batch {
		if o.err != nil {
			failed = append(failed, o)
			continue
		}
		taken = append(taken, o.id)
		r.backlog.taken(o.key)
	}
	signal(r.settled)
	r.untilDone(ctx, "cannot remove events from the outbox that were delivered; trying again", taken, r.deps.Outbox.Done)
	r.deps.Counter.Published.Add(int64(len(taken)))
	if len(failed) > 0 {
		r.release(ctx, failed)
	} else {
		r.count(nil)
	}
	r.mu.Lock()
	r.inFlight -= len(batch)
	r.mu.Unlock()
}

// release releases events that failed, with those that waited for them.
func (r *Relay) release(ctx context.Context, failed []outcome) {
	cause := failed[len(failed)-1].err
	r.deps.Log.DebugContext(ctx, "the bus did not take events; they stay in the outbox", "events", len(failed), "error", cause)
	r.claiming.Lock()
	defer r.claiming.Unlock()
	var ids []kit.UUID
	for _, o := range failed {
		ids = append(append(ids, o.id), r.backlog.failed(o.key)...)
	}
	r.untilDone(ctx, "cannot release events that the bus did not take; trying again", ids, r.deps.Outbox.Release)
	r.count(cause)
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
		r.count(err)
		if sleep(ctx, r.config.shortPause(attempt)) != nil {
			return
		}
	}
}
