// Package lanes has messages handled: those of one key one after another, in the
// order in which they came, those of different keys at the same time.
//
// Nobody waits for a key that is slow, however many of them there are; and yet it
// does not take a goroutine for each message. A worker handles one message after
// another. Before each it starts another worker if there is more to do, unless one
// has been started that has not begun. That one begins as soon as a processor is
// free: soon, if handlers wait for something, and not before they are through where
// they do not.
package lanes

import (
	"hash/maphash"
	"iter"
	"sync"
)

var seed = maphash.MakeSeed()

// Lanes has items handled.
type Lanes[T any] struct {
	handle func(*T)

	mu       sync.Mutex
	waiting  Chain[T] // what nobody has looked at
	ready    Chain[T] // what is next of a key of which one has been handled
	handling table[T]
	starting bool // a worker was started and has not begun
	closed   bool
	workers  sync.WaitGroup
}

// Item is something to handle. It belongs to the lanes until it was handled.
type Item[T any] struct {
	Key   string
	Value T

	hash   uint64   // of the key
	next   *Item[T] // of the chain that it is in
	peer   *Item[T] // of its place in the table
	behind Chain[T] // what is to be handled after it, of its key
}

// Chain is items in a row. The zero value is empty.
type Chain[T any] struct{ head, tail *Item[T] }

// Add puts an item at the end.
func (c *Chain[T]) Add(it *Item[T]) {
	it.hash = maphash.String(seed, it.Key)
	c.append(Chain[T]{it, it})
}

func (c *Chain[T]) append(more Chain[T]) {
	switch {
	case more.head == nil:
		return
	case c.head == nil:
		c.head = more.head
	default:
		c.tail.next = more.head
	}
	c.tail = more.tail
}

// take takes the first item; nil if there is none.
func (c *Chain[T]) take() *Item[T] {
	it := c.head
	if it == nil {
		return nil
	}
	if c.head = it.next; c.head == nil {
		c.tail = nil
	}
	it.next = nil
	return it
}

// IsEmpty reports whether there is nothing in the chain.
func (c Chain[T]) IsEmpty() bool { return c.head == nil }

// All are the values of the items, in their order.
func (c Chain[T]) All() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for it := c.head; it != nil && yield(&it.Value); it = it.next {
		}
	}
}

// New returns lanes whose workers call handle with the value of each item.
func New[T any](handle func(*T)) *Lanes[T] {
	return &Lanes[T]{handle: handle}
}

// Put has the items of a chain handled after those of their keys that came before.
// It returns false, and takes none, if the lanes are closed.
func (l *Lanes[T]) Put(c Chain[T]) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.waiting.append(c)
	l.start()
	return true
}

// start starts a worker if there may be something to do for it. It needs the lock.
func (l *Lanes[T]) start() {
	if !l.starting && (l.waiting.head != nil || l.ready.head != nil) {
		l.starting = true
		l.workers.Add(1)
		go l.work()
	}
}

func (l *Lanes[T]) work() {
	defer l.workers.Done()
	for it := l.begin(); it != nil; it = l.after(it) {
		l.handle(&it.Value)
	}
}

// begin takes a worker's first item.
func (l *Lanes[T]) begin() *Item[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.starting = false
	return l.take()
}

// after notes that an item was handled, and takes another one.
func (l *Lanes[T]) after(done *Item[T]) *Item[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handling.remove(done)
	if next := done.behind.take(); next != nil {
		next.behind, done.behind = done.behind, Chain[T]{}
		l.handling.add(next)
		l.ready.append(Chain[T]{next, next})
	}
	return l.take()
}

// take takes an item that may be handled now; nil if there is none. It needs the
// lock.
func (l *Lanes[T]) take() *Item[T] {
	it := l.ready.take()
	for it == nil {
		if it = l.waiting.take(); it == nil {
			return nil
		}
		if earlier := l.handling.of(it); earlier != nil {
			earlier.behind.append(Chain[T]{it, it})
			it = nil
			continue
		}
		l.handling.add(it)
	}
	l.start()
	return it
}

// Close has no more items put in.
func (l *Lanes[T]) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}

// Wait waits until everything was handled. It is called after Close.
func (l *Lanes[T]) Wait() { l.workers.Wait() }
