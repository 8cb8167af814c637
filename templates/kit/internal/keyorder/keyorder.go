// Package keyorder handles values of the same key one after another, in the order
// in which they were added, and values of different keys concurrently. It is what
// buses deliver messages with.
package keyorder

import (
	"context"
	"sync"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Workers handle values. A key has a goroutine while it has values, so that one that is
// slow delays no other.
type Workers[T any] struct {
	handle func(T)

	mu      sync.Mutex
	waiting map[string][]T // by the keys that have a goroutine: what it handles next
	closed  bool
	running sync.WaitGroup
}

// New returns workers that call handle with each value.
func New[T any](handle func(T)) *Workers[T] {
	return &Workers[T]{handle: handle, waiting: map[string][]T{}}
}

// Add has a value handled after those of its key that were added before. It
// returns false, and does not have it handled, after Close.
func (w *Workers[T]) Add(key string, v T) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	waiting, busy := w.waiting[key]
	if busy {
		w.waiting[key] = append(waiting, v)
		return true
	}
	w.waiting[key] = nil
	w.running.Go(func() { w.work(key, v) })
	return true
}

// work handles a value, and those of its key that are added meanwhile.
func (w *Workers[T]) work(key string, v T) {
	for more := true; more; v, more = w.next(key) {
		w.handle(v)
	}
}

// next returns what is to be handled next of a key, if there is anything.
func (w *Workers[T]) next(key string) (v T, more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	waiting := w.waiting[key]
	if len(waiting) == 0 {
		delete(w.waiting, key)
		return v, false
	}
	w.waiting[key] = waiting[1:]
	return waiting[0], true
}

// Close has no more values added, and waits until every one was handled.
func (w *Workers[T]) Close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.running.Wait()
}

// Window limits how many messages are under way: it is a channel that holds one for
// each.
type Window chan struct{}

// Enter waits until one more message may be under way, or ctx ends.
func (w Window) Enter(ctx context.Context) error {
	select {
	case w <- struct{}{}:
		return nil
	default:
	}
	select {
	case w <- struct{}{}:
		return nil
	case <-ctx.Done():
		return kit.Wrap(kit.Unavailable, ctx.Err(), "the bus is full")
	}
}

// Leave makes room for another message.
func (w Window) Leave() { <-w }
