package delivery

import (
	"context"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
	"github.com/outgrowkit/outgrow/templates/kit/ports"
)

// batch is how many events are claimed, and removed, at once.
const batch = 1000

// Relay carries events from the outbox to the bus. It removes an event only when
// the bus has taken responsibility for it.
type Relay struct {
	config Config
	deps   Deps

	cancel  context.CancelFunc
	ended   chan struct{}
	settled chan outcome

	mu       sync.Mutex
	underWay int
	failures int           // in a row
	idle     chan struct{} // closed when nothing is under way
}

// outcome is what became of one event.
type outcome struct {
	id  domain.UUID
	err error
}

// NewRelay returns a relay. It does nothing until Start.
func NewRelay(c Config, d Deps) *Relay {
	return &Relay{config: c.filled(), deps: d, settled: make(chan outcome, batch)}
}

// Start begins to carry events, until Stop. Every consumer must have started.
func (r *Relay) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.ended = make(chan struct{})
	finishing := make(chan struct{})
	go func() {
		r.finish()
		close(finishing)
	}()
	go func() {
		r.carry(ctx)
		r.awaitIdle()
		close(r.settled)
		<-finishing
		close(r.ended)
	}()
}

// Stop stops claiming and waits until what is under way is settled, or ctx ends.
// What the bus has not taken by then stays in the outbox.
func (r *Relay) Stop(ctx context.Context) error {
	if r.cancel == nil {
		return nil
	}
	r.cancel()
	select {
	case <-r.ended:
		return nil
	case <-ctx.Done():
		return domain.Wrap(domain.Unavailable, ctx.Err(), "events were still on their way; they stay in the outbox")
	}
}

// carry claims and publishes until ctx ends.
func (r *Relay) carry(ctx context.Context) {
	for ctx.Err() == nil {
		msgs, err := r.deps.Outbox.Claim(ctx, batch, r.config.Lease)
		if err != nil && ctx.Err() == nil {
			r.deps.Log.WarnContext(ctx, "the outbox cannot be read; trying again", "error", err)
			r.note(err)
		}
		if len(msgs) > 0 {
			r.publish(ctx, msgs)
		}
		r.rest(ctx, len(msgs) > 0)
	}
}

func (r *Relay) publish(ctx context.Context, msgs []ports.Message) {
	r.mu.Lock()
	if r.underWay == 0 {
		r.idle = make(chan struct{})
	}
	r.underWay += len(msgs)
	r.mu.Unlock()
	r.deps.Bus.Publish(ctx, func(i int, err error) { r.settled <- outcome{msgs[i].ID, err} }, msgs...)
}

// rest waits until there may be more to do: at once if there was something, with
// full jitter while the bus or the outbox fails.
func (r *Relay) rest(ctx context.Context, more bool) {
	r.mu.Lock()
	failures := r.failures
	r.mu.Unlock()
	if failures > 0 {
		_ = sleep(ctx, r.config.pause(failures)) // if ctx ends, so does the loop around
		return
	}
	if more {
		return
	}
	t := time.NewTimer(r.config.Poll)
	defer t.Stop()
	select {
	case <-r.deps.Outbox.Wake():
	case <-t.C:
	case <-ctx.Done():
	}
}

// note keeps count of failures in a row.
func (r *Relay) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.failures = 0
	} else {
		r.failures++
	}
}

// finish removes events that were taken and releases those that were not, in
// batches of what has come together, until settled is closed.
func (r *Relay) finish() {
	for o := range r.settled {
		var done, failed []domain.UUID
		var err error
		sort := func(o outcome) {
			if o.err == nil {
				done = append(done, o.id)
			} else {
				failed, err = append(failed, o.id), o.err
			}
		}
		sort(o)
		for len(done)+len(failed) < batch {
			select {
			case o, ok := <-r.settled:
				if ok {
					sort(o)
					continue
				}
			default:
			}
			break
		}
		r.settle(done, failed, err)
	}
}

// settle does what finish says, without the context of the loop: what is done is
// done, also when the relay is stopping.
func (r *Relay) settle(done, failed []domain.UUID, cause error) {
	ctx, cancel := context.WithTimeout(context.Background(), r.config.Timeout)
	defer cancel()
	settled := len(done) + len(failed)
	var err error
	if len(done) > 0 {
		if err = r.deps.Outbox.Done(ctx, done...); err != nil {
			// They will be published again; who has handled them will know.
			r.deps.Log.WarnContext(ctx, "events that were delivered could not be removed from the outbox", "events", len(done), "error", err)
			failed = append(failed, done...)
		} else {
			r.deps.Counter.published.Add(int64(len(done)))
		}
	}
	if len(failed) > 0 {
		if cause != nil {
			r.deps.Log.DebugContext(ctx, "the bus did not take events; they stay in the outbox", "events", len(failed), "error", cause)
			err = cause
		}
		if released := r.deps.Outbox.Release(ctx, failed...); released != nil {
			r.deps.Log.WarnContext(ctx, "events could not be released; they are tried again when their lease ends", "error", released)
		}
	}
	r.note(err)
	r.leave(settled)
}

func (r *Relay) leave(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.underWay -= n
	if r.underWay == 0 {
		close(r.idle)
	}
}

func (r *Relay) awaitIdle() {
	r.mu.Lock()
	idle, underWay := r.idle, r.underWay
	r.mu.Unlock()
	if underWay > 0 {
		<-idle
	}
}
