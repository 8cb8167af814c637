package locks

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// hold is a lock while it is held.
type hold struct {
	locks *Locks
	name  string // as the caller knows it
	key   string // and the driver
	owner string
	token int64

	held context.Context // the holder's
	lose context.CancelCauseFunc

	renewing sync.Mutex // while the driver is asked to renew the lease

	mu     sync.Mutex // guards what follows
	until  time.Time  // the lease is relied on, by the monotonic clock
	over   bool       // the holder has returned
	renew  *time.Timer
	expire *time.Timer
}

var errLost = errors.New("its lease was not renewed in time")

// run calls fn, renews the lease while it runs, and releases the lock.
func (h *hold) run(ctx context.Context, fn func(context.Context, int64) error) error {
	h.begin(ctx)
	defer h.leave(ctx) // also if fn panics
	err := fn(leased{h.held, h}, h.token)
	if h.isLost() && (err == nil || errors.Is(err, context.Canceled)) {
		return kit.Wrap(kit.Unavailable, errors.Join(errLost, err), "the lock "+h.name+" was lost")
	}
	return err
}

func (h *hold) begin(ctx context.Context) {
	h.held, h.lose = context.WithCancelCause(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.expire = time.AfterFunc(time.Until(h.until), func() { h.lose(errLost) })
	h.renew = time.AfterFunc(h.locks.lease/3, h.prolong)
	h.locks.stats.Acquired.Add(1)
	h.locks.stats.Held.Add(1)
}

func (h *hold) leave(ctx context.Context) {
	if h.isLost() {
		h.locks.stats.Lost.Add(1)
	}
	h.lose(nil)
	h.stop()
	h.renewing.Lock() // what was under way has ended
	defer h.renewing.Unlock()
	h.release(ctx)
	h.locks.stats.Held.Add(-1)
	h.locks.turns.give(h.name)
}

func (h *hold) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = true
	h.renew.Stop()
	h.expire.Stop()
}

// prolong renews the lease, and has it renewed again: after a third of it or, where that
// failed, after a tenth.
func (h *hold) prolong() {
	h.renewing.Lock()
	defer h.renewing.Unlock()
	if h.held.Err() != nil {
		return
	}
	lease, sent := h.locks.lease, time.Now()
	kept, err := h.locks.driver.Renew(h.held, h.key, h.owner, lease)
	h.mu.Lock()
	defer h.mu.Unlock()
	next := lease / 3
	switch {
	case h.over:
		return
	case err != nil:
		h.locks.stats.Errors.Add(1)
		next = lease / 10
	case !kept || !h.expire.Stop(): // it has fired
		h.lose(errLost)
		return
	default:
		h.until = ReliedOn(sent, lease)
		h.expire.Reset(time.Until(h.until))
	}
	h.renew.Reset(next)
}

// release ends the lease on the server. Where that fails, it ends by itself.
func (h *hold) release(ctx context.Context) {
	if err := h.locks.driver.Release(context.WithoutCancel(ctx), h.key, h.owner); err != nil {
		h.locks.stats.Errors.Add(1)
		h.locks.log.WarnContext(ctx, "a lock is not released before its lease ends", "lock", h.name, "error", err)
	}
}

// isLost reports whether the lock was lost before the context of the caller ended.
func (h *hold) isLost() bool {
	_ = leased{h.held, h}.Err() // the clock tells
	return errors.Is(context.Cause(h.held), errLost)
}

// ReliedOn returns until when a lease is relied on that was asked for at a time. It ends for
// others later: by a fifth, for clocks that are not equally fast, and for what the holder is
// about to do.
func ReliedOn(sent time.Time, lease time.Duration) time.Time { return sent.Add(lease * 4 / 5) }

// leased is the context of a holder. It looks at the clock: the timer of a process that was
// frozen fires a moment after it woke up.
type leased struct {
	context.Context
	hold *hold
}

// Err returns why the context has ended, if it has.
func (c leased) Err() error {
	c.hold.mu.Lock()
	late := !time.Now().Before(c.hold.until)
	c.hold.mu.Unlock()
	if late {
		c.hold.lose(errLost)
	}
	return c.Context.Err()
}
