package httpserver

import (
	"context"
	"runtime"
	"time"
)

// gate is a semaphore that admits a number of requests at once and refuses those that
// would have to wait too long.
type gate struct {
	places chan struct{}
	wait   time.Duration
}

// fewAtMost is more requests than a light load has in flight, and far fewer than the
// hundreds of an overload.
const fewAtMost = 16

func newGate(places int, wait time.Duration) *gate {
	return &gate{places: make(chan struct{}, places), wait: wait}
}

// enter reports whether a request that has been waiting since that time is admitted.
// If it is, the caller must call leave.
//
// When the CPU is overloaded, requests queue in Go's scheduler, where a semaphore does
// not see them. So a goroutine that has a place yields once, behind all that are ready to
// run: then places run short, the wait shows, and late requests are refused while that
// is cheap. If few requests have a place, this one is late because the machine paused,
// not because of a load, and refusing it would not help.
func (g *gate) enter(ctx context.Context, since time.Time) bool {
	select {
	case g.places <- struct{}{}:
	default:
		if !g.queue(ctx) {
			return false
		}
	}
	runtime.Gosched()
	if time.Since(since) > g.wait && g.crowded() {
		g.leave()
		return false
	}
	return true
}

func (g *gate) crowded() bool { return len(g.places) > min(fewAtMost, cap(g.places)/2) }

func (g *gate) queue(ctx context.Context) bool {
	patience := time.NewTimer(g.wait)
	defer patience.Stop()
	select {
	case g.places <- struct{}{}:
		return true
	case <-patience.C:
		return false
	case <-ctx.Done():
		return false
	}
}

func (g *gate) leave() { <-g.places }
