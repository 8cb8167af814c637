// Package keyorder handles values of the same key one after another, in the order
// in which they were added, and values of different keys concurrently. It is what
// buses deliver messages with.
package keyorder

import (
	"context"
	"sync"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Workers handle values. There are as many workers as needed, so that a key that
// is slow delays no other, but not one for each value: a worker that has handled a
// value takes the next one, and another worker is started only once the one that
// was started last has begun.
type Workers[T any] struct {
	handle func(T)

	mu       sync.Mutex
	ready    []task[T]      // what a worker may take: never two of one key
	waiting  map[string][]T // what waits, by key, for a value that is ready or being handled
	starting bool           // a worker was started and has not begun
	closed   bool
	running  sync.WaitGroup
}

// task is a value to handle.
type task[T any] struct {
	key   string
	value T
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
	if waiting, busy := w.waiting[key]; busy {
		w.waiting[key] = append(waiting, v)
		return true
	}
	w.waiting[key] = nil
	w.ready = append(w.ready, task[T]{key, v})
	w.start()
	return true
}

// start starts a worker if there is something for it to take. It needs the lock.
func (w *Workers[T]) start() {
	if len(w.ready) > 0 && !w.starting {
		w.starting = true
		w.running.Add(1)
		go w.work()
	}
}

// work handles values for as long as there are any.
func (w *Workers[T]) work() {
	defer w.running.Done()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.starting = false
	for len(w.ready) > 0 {
		t := w.ready[0]
		w.ready = w.ready[1:]
		w.start() // another one, since this one will be busy
		w.mu.Unlock()
		w.handle(t.value)
		w.mu.Lock()
		w.done(t.key)
	}
}

// done makes the next value of a key ready. It needs the lock.
func (w *Workers[T]) done(key string) {
	waiting := w.waiting[key]
	if len(waiting) == 0 {
		delete(w.waiting, key)
		return
	}
	w.waiting[key] = waiting[1:]
	w.ready = append(w.ready, task[T]{key, waiting[0]})
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
