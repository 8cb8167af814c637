package httpserver

import (
	"context"
	"runtime"
	"time"
)

// gate admits so many requests at once, and sends away those that would have
// to wait too long.
type gate struct {
	places chan struct{}
	wait   time.Duration
}

// fewAtMost is more than a light load has under way at once, and far below the
// hundreds of an overload.
const fewAtMost = 16

func newGate(places int, wait time.Duration) *gate {
	return &gate{places: make(chan struct{}, places), wait: wait}
}

// enter reports whether a request that has waited since then is admitted; leave
// must follow if it is.
//
// Where there is too much for the processors, requests queue in the scheduler,
// which the gate cannot see. So whoever has a place steps back once more behind
// all that are ready to run: places run short, the wait is seen, and those that
// come too late are refused while it is cheap. Where few have a place, it is not
// requests that made this one late, but a machine that stood still for a moment:
// to refuse it would help nobody.
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
