package httpserver

import (
	"context"
	"runtime"
	"time"
)

// admission is a semaphore that limits the requests handled at once, and refuses those
// that would have to wait too long. Changes have a part of the slots: where they wait for
// each other, for a store that makes one at a time or for a lock, reads go on.
type admission struct {
	slots   chan struct{}
	changes chan struct{}
	maxWait time.Duration
}

// lightLoad is more requests than a light load has in flight, and far fewer than the
// hundreds of an overload.
const lightLoad = 16

func newAdmission(slots int, maxWait time.Duration) *admission {
	return &admission{slots: make(chan struct{}, slots), changes: make(chan struct{}, max(1, slots*3/4)), maxWait: maxWait}
}

// acquire reports whether a request that has been waiting since that time is admitted.
// If it is, the caller must call release with the same isChange.
//
// When the CPU is overloaded, requests queue in Go's scheduler, where a semaphore does
// not see them. So acquire calls Gosched once it has a slot, which lets every goroutine
// that is ready run first: slots become scarce, the wait is measured, and late requests
// are refused while that is still cheap. If few slots are taken, a request is late because
// the machine paused, not because of the load, and refusing it would not help.
func (a *admission) acquire(ctx context.Context, isChange bool, since time.Time) bool {
	if isChange && !a.wait(ctx, a.changes) {
		return false
	}
	if !a.wait(ctx, a.slots) {
		if isChange {
			<-a.changes
		}
		return false
	}
	runtime.Gosched()
	if time.Since(since) > a.maxWait && len(a.slots) > min(lightLoad, cap(a.slots)/2) {
		a.release(isChange)
		return false
	}
	return true
}

// wait reports whether it got one of the slots in time.
func (a *admission) wait(ctx context.Context, slots chan struct{}) bool {
	select {
	case slots <- struct{}{}:
		return true
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, a.maxWait)
	defer cancel()
	select {
	case slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (a *admission) release(isChange bool) {
	<-a.slots
	if isChange {
		<-a.changes
	}
}
