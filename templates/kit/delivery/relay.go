package delivery

import (
	"context"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// batchSize is how many events are claimed, and removed, at once.
const batchSize = 1000

// Relay carries events from the outbox to the bus. It removes an event only when
// the bus has taken responsibility for it, and keeps the events of a key in order
// even if the bus does not take one.
type Relay struct {
	config Config
	deps   Deps

	cancel   context.CancelFunc // ends publishing
	giveUp   context.CancelFunc // ends settling
	ended    chan struct{}
	recorded chan struct{} // signalled when there are outcomes, or there will be no more
	settled  chan struct{} // signalled when events that waited may be published
	backlog  *backlog

	// claiming is held while events are claimed, and while events that failed are
	// released: otherwise a claim might find events whose predecessors are about to
	// be released, and they would pass them.
	claiming sync.Mutex

	mu         sync.Mutex
	publishing bool      // more events may be published
	inFlight   int       // events published and not settled
	outcomes   []outcome // to be settled; taking note of one must not block the bus
	failures   int       // in a row
}

// NewRelay returns a relay. It does nothing until Start.
func NewRelay(c Config, d Deps) *Relay {
	return &Relay{
		config: c.filled(), deps: d, backlog: newBacklog(), recorded: make(chan struct{}, 1), settled: make(chan struct{}, 1),
	}
}

// Start begins to carry events, until Stop. Every consumer must have started.
func (r *Relay) Start() {
	publishing, cancel := context.WithCancel(context.Background())
	settling, giveUp := context.WithCancel(context.Background())
	r.cancel, r.giveUp = cancel, giveUp
	r.ended = make(chan struct{})
	r.publishing = true
	go r.publishAll(publishing)
	go func() {
		defer close(r.ended)
		r.settleAll(settling)
	}()
}

// Stop stops publishing and waits until the events in flight are settled, or ctx
// ends. Those that the bus has not taken by then stay in the outbox.
func (r *Relay) Stop(ctx context.Context) error {
	if r.cancel == nil {
		return nil
	}
	defer r.giveUp()
	r.cancel()
	select {
	case <-r.ended:
		return nil
	case <-ctx.Done():
		return kit.Wrap(kit.Unavailable, ctx.Err(), "some events were still in flight; they stay in the outbox")
	}
}

// publishAll claims and publishes events until ctx ends.
func (r *Relay) publishAll(ctx context.Context) {
	for ctx.Err() == nil {
		claimed := r.claim(ctx)
		if msgs := r.backlog.next(); len(msgs) > 0 {
			r.publish(ctx, msgs)
		}
		r.rest(ctx, claimed)
	}
	r.releaseWaiting()
	r.mu.Lock()
	r.publishing = false
	r.mu.Unlock()
	signal(r.recorded)
}

// claim claims events, and reports whether there were any.
func (r *Relay) claim(ctx context.Context) bool {
	if r.backlog.size() >= maxWaiting {
		return false
	}
	r.claiming.Lock()
	defer r.claiming.Unlock()
	msgs, err := r.deps.Outbox.Claim(ctx, batchSize, r.config.Lease)
	if err != nil && ctx.Err() == nil {
		r.deps.Log.WarnContext(ctx, "cannot read the outbox; trying again", "error", err)
		r.count(err)
	}
	r.backlog.add(msgs)
	return len(msgs) > 0
}

func (r *Relay) publish(ctx context.Context, msgs []kit.Message) {
	r.mu.Lock()
	r.inFlight += len(msgs)
	r.mu.Unlock()
	r.deps.Bus.Publish(ctx, func(i int, err error) { r.record(outcome{msgs[i].ID, msgs[i].Key, err}) }, msgs...)
}

// signal sends on a channel with room for one, unless it is full.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// rest returns when there may be more to publish: at once if there was something,
// after a pause if the bus or the outbox fails.
func (r *Relay) rest(ctx context.Context, more bool) {
	r.mu.Lock()
	failures := r.failures
	r.mu.Unlock()
	if failures > 0 {
		_ = sleep(ctx, r.config.shortPause(failures)) // the caller notices when ctx ends
		return
	}
	if more {
		return
	}
	settled := r.settled
	if r.backlog.size() == 0 {
		settled = nil // nothing waits for it
	}
	select {
	case <-r.deps.Outbox.Wake():
	case <-settled:
	case <-time.After(r.config.Poll):
	case <-ctx.Done():
	}
}

// count counts failures in a row.
func (r *Relay) count(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.failures = 0
	} else {
		r.failures++
	}
}

// releaseWaiting releases the events that were claimed and will not be published.
func (r *Relay) releaseWaiting() {
	ids := r.backlog.drain()
	if len(ids) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.config.Timeout)
	defer cancel()
	if err := r.deps.Outbox.Release(ctx, ids...); err != nil {
		r.deps.Log.WarnContext(ctx, "cannot release events; they are claimed again when their lease ends", "events", len(ids), "error", err)
	}
}
