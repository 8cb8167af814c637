package delivery

import (
	"context"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// batchSize is how many events are claimed, and removed, at once at most.
const batchSize = 1000

// Relay carries events from the outbox to the bus. It removes an event only when
// the bus has taken responsibility for it, and keeps the events of a key in order
// even if the bus does not take one.
//
// One goroutine claims, publishes and settles by turns. So no event is claimed while
// earlier ones of its key are about to be released, which it would pass.
type Relay struct {
	config Config
	deps   Deps

	cancel context.CancelFunc // ends publishing
	giveUp context.CancelFunc // ends settling
	ended  chan struct{}

	backlog  backlog
	failures int // in a row

	mu       sync.Mutex
	outcomes []outcome     // to be settled; taking note of one must not block the bus
	recorded chan struct{} // signalled when there are outcomes
}

// NewRelay returns a relay. It does nothing until Start.
func NewRelay(c Config, d Deps) *Relay {
	return &Relay{config: c.filled(), deps: d, backlog: backlog{inFlight: map[string]int{}}, recorded: make(chan struct{}, 1)}
}

// Start begins to carry events, until Stop. Every consumer must have started.
func (r *Relay) Start() {
	publishing, cancel := context.WithCancel(context.Background())
	settling, giveUp := context.WithCancel(context.Background())
	r.cancel, r.giveUp, r.ended = cancel, giveUp, make(chan struct{})
	go func() {
		defer close(r.ended)
		r.carry(publishing, settling)
		r.releaseWaiting()
		r.settleRest(settling)
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

// carry carries events until publishing ends.
func (r *Relay) carry(publishing, settling context.Context) {
	more := true // there may be events to claim
	for publishing.Err() == nil {
		if more {
			more = r.claim(publishing)
		}
		r.publish(publishing)
		settled := r.settle(settling)
		switch {
		case r.failures > 0:
			_ = r.pause(publishing, r.failures) // the loop notices when publishing ends
			more = true
		case settled, more && !r.backlog.full():
		default:
			more = r.rest(publishing) || more
		}
	}
}

// claim claims events, unless many are waiting, and reports whether there may be
// more.
func (r *Relay) claim(ctx context.Context) bool {
	if r.backlog.full() {
		return true
	}
	msgs, err := r.deps.Outbox.Claim(ctx, batchSize, r.config.Lease)
	if err != nil && ctx.Err() == nil {
		r.deps.Log.WarnContext(ctx, "cannot read the outbox; trying again", "error", err)
		r.failures++
	}
	r.backlog.add(msgs)
	return len(msgs) > 0
}

// publish publishes the events whose turn it is.
func (r *Relay) publish(ctx context.Context) {
	msgs := r.backlog.next()
	if len(msgs) == 0 {
		return
	}
	r.deps.Bus.Publish(ctx, func(i int, err error) { r.record(outcome{msgs[i], err}) }, msgs...)
}

// rest returns when there is something to do, and reports whether there may be
// events to claim.
func (r *Relay) rest(ctx context.Context) bool {
	select {
	case <-r.recorded:
		return false
	case <-r.deps.Outbox.Wake():
	case <-time.After(r.config.Poll):
	case <-ctx.Done():
	}
	return true
}

// releaseWaiting releases the events that were claimed and will not be published.
func (r *Relay) releaseWaiting() {
	ids := idsOf(r.backlog.waiting)
	r.backlog.waiting = nil
	if len(ids) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.config.Timeout)
	defer cancel()
	if err := r.deps.Outbox.Release(ctx, ids...); err != nil {
		r.deps.Log.WarnContext(ctx, "cannot release events; they are claimed again when their lease ends", "events", len(ids), "error", err)
	}
}
