package chanbus

import (
	"context"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// room is the places for messages that are under way.
type room struct {
	free    atomic.Int64
	waiting atomic.Int64
	freed   chan struct{} // told when a place is free while somebody waits
}

func newRoom(places int) *room {
	r := &room{freed: make(chan struct{}, 1)}
	r.free.Store(int64(places))
	return r
}

// enter waits until there is a place, and takes as many as there are, up to n.
func (r *room) enter(ctx context.Context, n int) (int, error) {
	if got := r.take(n); got > 0 {
		return got, nil
	}
	r.waiting.Add(1)
	defer r.waiting.Add(-1)
	for {
		if got := r.take(n); got > 0 {
			r.pass()
			return got, nil
		}
		select {
		case <-r.freed:
		case <-ctx.Done():
			r.pass()
			return 0, kit.Wrap(kit.Unavailable, ctx.Err(), "the bus has no room")
		}
	}
}

// take takes up to n places.
func (r *room) take(n int) int {
	for {
		free := r.free.Load()
		got := min(free, int64(n))
		if got == 0 || r.free.CompareAndSwap(free, free-got) {
			return int(got)
		}
	}
}

// leave gives a place back.
func (r *room) leave() {
	r.free.Add(1)
	if r.waiting.Load() > 0 {
		r.pass()
	}
}

// pass tells one of those who wait to look for a place.
func (r *room) pass() {
	select {
	case r.freed <- struct{}{}:
	default:
	}
}
