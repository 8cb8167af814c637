package delivery

import (
	"context"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// batch is how many events are claimed, and removed, at once.
const batch = 1000

// Relay carries events from the outbox to the bus. It removes an event only when
// the bus has taken responsibility for it, and keeps those of a key in order also
// where the bus does not take one.
type Relay struct {
	config Config
	deps   Deps

	cancel  context.CancelFunc // ends claiming
	giveUp  context.CancelFunc // ends settling
	ended   chan struct{}
	arrived chan struct{} // receives when there are outcomes
	freed   chan struct{} // receives when what waited may be published
	backlog *backlog

	mu       sync.Mutex
	outcomes []outcome // that are yet to be settled: what tells of them must not wait
	closed   bool      // there will be no more of them
	underWay int
	failures int           // in a row
	idle     chan struct{} // closed when nothing is under way
}

// outcome is what became of one event.
type outcome struct {
	id  kit.UUID
	key string
	err error
}

// NewRelay returns a relay. It does nothing until Start.
func NewRelay(c Config, d Deps) *Relay {
	return &Relay{
		config: c.filled(), deps: d, backlog: newBacklog(), arrived: make(chan struct{}, 1), freed: make(chan struct{}, 1),
	}
}

// Start begins to carry events, until Stop. Every consumer must have started.
func (r *Relay) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	settling, giveUp := context.WithCancel(context.Background())
	r.cancel, r.giveUp = cancel, giveUp
	r.ended = make(chan struct{})
	go func() {
		r.carry(ctx)
		r.awaitIdle()
		r.arrive(nil)
	}()
	go func() {
		defer close(r.ended)
		r.finish(settling)
	}()
}

// Stop stops claiming and waits until what is under way is settled, or ctx ends.
// What the bus has not taken by then stays in the outbox.
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
		return kit.Wrap(kit.Unavailable, ctx.Err(), "events were still on their way; they stay in the outbox")
	}
}

// carry claims and publishes until ctx ends.
func (r *Relay) carry(ctx context.Context) {
	for ctx.Err() == nil {
		claimed := r.claim(ctx)
		if msgs := r.backlog.next(); len(msgs) > 0 {
			r.publish(ctx, msgs)
		}
		r.rest(ctx, claimed)
	}
	r.release(r.backlog.drain())
}

// claim claims events, and reports whether there were any.
func (r *Relay) claim(ctx context.Context) bool {
	if !r.backlog.claiming() {
		return false
	}
	msgs, err := r.deps.Outbox.Claim(ctx, batch, r.config.Lease)
	if err != nil && ctx.Err() == nil {
		r.deps.Log.WarnContext(ctx, "the outbox cannot be read; trying again", "error", err)
		r.note(err)
	}
	r.release(r.backlog.add(msgs))
	return len(msgs) > 0
}

func (r *Relay) publish(ctx context.Context, msgs []kit.Message) {
	r.mu.Lock()
	if r.underWay == 0 {
		r.idle = make(chan struct{})
	}
	r.underWay += len(msgs)
	r.mu.Unlock()
	r.deps.Bus.Publish(ctx, func(i int, err error) { r.arrive(&outcome{msgs[i].ID, msgs[i].Key, err}) }, msgs...)
}

// arrive tells of an outcome, and nil that there will be no more.
func (r *Relay) arrive(o *outcome) {
	r.mu.Lock()
	if o == nil {
		r.closed = true
	} else {
		r.outcomes = append(r.outcomes, *o)
	}
	r.mu.Unlock()
	signal(r.arrived)
}

// signal sends on a channel that has room for one, unless that is there already.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// rest waits until there may be more to do: at once if there was something, with
// full jitter while the bus or the outbox fails.
func (r *Relay) rest(ctx context.Context, more bool) {
	r.mu.Lock()
	failures := r.failures
	r.mu.Unlock()
	if failures > 0 {
		_ = sleep(ctx, r.config.shortPause(failures)) // if ctx ends, so does the loop around
		return
	}
	if more {
		return
	}
	t := time.NewTimer(r.config.Poll)
	defer t.Stop()
	freed := r.freed
	if r.backlog.isEmpty() {
		freed = nil
	}
	select {
	case <-r.deps.Outbox.Wake():
	case <-freed:
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
// batches of what has come together, until there will be no more, or ctx ends.
func (r *Relay) finish(ctx context.Context) {
	for ctx.Err() == nil {
		b, closed := r.collect()
		switch {
		case b.size() > 0:
			r.settle(ctx, b)
		case closed:
			return
		default:
			select {
			case <-r.arrived:
			case <-ctx.Done():
			}
		}
	}
}

// settling is a batch of outcomes.
type settling struct {
	done, failed []outcome
	cause        error // of the last that failed
}

func (b *settling) size() int { return len(b.done) + len(b.failed) }

// collect takes a batch of outcomes, and reports whether there will be no more.
func (r *Relay) collect() (b settling, closed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(len(r.outcomes), batch)
	for _, o := range r.outcomes[:n] {
		if o.err == nil {
			b.done = append(b.done, o)
		} else {
			b.failed, b.cause = append(b.failed, o), o.err
		}
	}
	r.outcomes = r.outcomes[n:]
	return b, r.closed
}

// settle does what finish says. While the outbox does not answer it tries again:
// what was taken is not to be published again, and what was not should not wait
// for its lease to end.
func (r *Relay) settle(ctx context.Context, b settling) {
	if b.cause != nil {
		r.deps.Log.DebugContext(ctx, "the bus did not take events; they stay in the outbox", "events", len(b.failed), "error", b.cause)
	}
	for _, o := range b.done {
		r.backlog.settled(o.key, true)
	}
	back := idsOf(b.failed)
	for _, o := range b.failed {
		back = append(back, r.backlog.settled(o.key, false)...)
	}
	signal(r.freed)
	r.untilDone(ctx, "events that were delivered cannot be removed from the outbox; trying again", idsOf(b.done), r.deps.Outbox.Done)
	r.deps.Counter.published.Add(int64(len(b.done)))
	r.untilDone(ctx, "events that were not taken cannot be released; trying again", back, r.deps.Outbox.Release)
	for _, o := range b.failed {
		r.backlog.released(o.key)
	}
	r.note(b.cause)
	r.leave(b.size())
}

// untilDone calls do with the identifiers until it succeeds, or ctx ends.
func (r *Relay) untilDone(ctx context.Context, complaint string, ids []kit.UUID, do func(context.Context, ...kit.UUID) error) {
	for attempt := 1; len(ids) > 0; attempt++ {
		err := r.within(ctx, func(ctx context.Context) error { return do(ctx, ids...) })
		if err == nil || ctx.Err() != nil {
			return
		}
		r.deps.Log.WarnContext(ctx, complaint, "events", len(ids), "error", err)
		r.note(err)
		if sleep(ctx, r.config.shortPause(attempt)) != nil {
			return
		}
	}
}

// within calls do with the time that one attempt has.
func (r *Relay) within(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	return do(ctx)
}

func idsOf(outcomes []outcome) []kit.UUID {
	ids := make([]kit.UUID, len(outcomes))
	for i, o := range outcomes {
		ids[i] = o.id
	}
	return ids
}

// release gives events back to the outbox that were never published.
func (r *Relay) release(ids []kit.UUID) {
	if len(ids) == 0 {
		return
	}
	ctx := context.Background() // also when the relay is stopping
	err := r.within(ctx, func(ctx context.Context) error { return r.deps.Outbox.Release(ctx, ids...) })
	if err != nil {
		r.deps.Log.WarnContext(ctx, "events could not be released; they are tried again when their lease ends", "events", len(ids), "error", err)
	}
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
