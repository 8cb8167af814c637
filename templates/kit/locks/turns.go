package locks

import (
	"context"
	"sync"
)

// turns has one caller at a time in this process compete for the lock of a name, in the order
// in which they came.
type turns struct {
	mu sync.Mutex
	of map[string]*turn
}

// turn is the turn of the callers of a name.
type turn struct {
	taken   chan struct{} // a semaphore of one
	callers int           // that have it or wait; the last one removes it
}

// take waits for the turn, if there is to be waiting, and reports whether it came. It must be
// given back then.
func (t *turns) take(ctx context.Context, name string, wait bool) bool {
	t.mu.Lock()
	one := t.of[name]
	if one == nil {
		one = &turn{taken: make(chan struct{}, 1)}
		t.of[name] = one
	}
	one.callers++
	t.mu.Unlock()
	select {
	case one.taken <- struct{}{}:
		return true
	default:
	}
	if wait {
		select {
		case one.taken <- struct{}{}:
			return true
		case <-ctx.Done():
		}
	}
	t.leave(name, one)
	return false
}

// give gives the turn to the next caller.
func (t *turns) give(name string) {
	t.mu.Lock()
	one := t.of[name]
	t.mu.Unlock()
	<-one.taken
	t.leave(name, one)
}

func (t *turns) leave(name string, one *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one.callers--; one.callers == 0 {
		delete(t.of, name)
	}
}
