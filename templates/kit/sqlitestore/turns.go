package sqlitestore

import (
	"context"
	"slices"
	"sync"

	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// turns is a lock that waiters get in the order of arrival. Its holder can look at the
// next waiter, and hand the lock over to it.
type turns struct {
	mu     sync.Mutex // guards what follows
	taken  bool
	closed bool
	queue  []*waiter
}

// waiter waits for the lock.
type waiter struct {
	alone bool          // see writer.write
	turn  chan struct{} // closed when it has the lock
}

// take waits for the lock, until the context ends. withdrawn is called if the lock was
// handed over when the context had ended: it has to be passed on.
func (t *turns) take(ctx context.Context, alone bool, withdrawn func()) error {
	w, err := t.enqueue(alone)
	if w == nil || err != nil {
		return err
	}
	select {
	case <-w.turn:
		return nil
	case <-ctx.Done():
		if !t.withdraw(w) {
			<-w.turn
			withdrawn()
		}
		return withCode(ctx.Err())
	}
}

// enqueue takes the lock, and returns nil, or a place in the queue.
func (t *turns) enqueue(alone bool) (*waiter, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, sqlstore.Closed()
	}
	return t.place(alone), nil
}

func (t *turns) place(alone bool) *waiter {
	if !t.taken {
		t.taken = true
		return nil
	}
	w := &waiter{alone: alone, turn: make(chan struct{})}
	t.queue = append(t.queue, w)
	return w
}

// withdraw leaves the queue. It reports false for a waiter that has the lock.
func (t *turns) withdraw(w *waiter) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.Index(t.queue, w)
	if at < 0 {
		return false
	}
	t.queue = slices.Delete(t.queue, at, at+1)
	return true
}

// handOver gives the lock to the next waiter, if there is one that is accepted.
func (t *turns) handOver(accept func(*waiter) bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 || !accept(t.queue[0]) {
		return false
	}
	t.next()
	return true
}

// release gives the lock to the next waiter, or leaves it free.
func (t *turns) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 {
		t.taken = false
		return
	}
	t.next()
}

// next gives the lock to the first in the queue.
func (t *turns) next() {
	close(t.queue[0].turn)
	t.queue[0] = nil
	t.queue = t.queue[1:]
}

func (t *turns) isClosed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed
}

// close refuses further waiters, waits for those before, and keeps the lock.
func (t *turns) close() {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return
	}
	t.closed = true
	w := t.place(true)
	t.mu.Unlock()
	if w != nil {
		<-w.turn
	}
}
