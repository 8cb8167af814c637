package postgresstore

import (
	"context"
	"runtime"
	"slices"
	"sync"
)

// gatherMost is how many calls are served at once, at most.
const gatherMost = 256

// gatherer has calls that are made at the same time served by one statement. Nobody
// waits for company: what comes while one statement is under way is served by the next.
type gatherer[T any] struct {
	serve func(ctx context.Context, items []*T) error // fails for all of them or for none

	mu      sync.Mutex
	queue   []*gathered[T]
	serving bool
}

// gathered is a call.
type gathered[T any] struct {
	item *T
	done chan error
}

// do has the item served. Where ctx ends before, it may be served yet.
func (g *gatherer[T]) do(ctx context.Context, item *T) error {
	c := &gathered[T]{item, make(chan error, 1)}
	g.mu.Lock()
	g.queue = append(g.queue, c)
	begins := !g.serving
	g.serving = true
	g.mu.Unlock()
	if begins {
		go g.run()
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return toDomain(ctx.Err())
	}
}

// run serves calls until there are none. It does not end with the context of any of
// them, but with the limits of every statement.
func (g *gatherer[T]) run() {
	for {
		runtime.Gosched() // who can come now, comes along
		calls := g.take()
		if calls == nil {
			return
		}
		items := make([]*T, len(calls))
		for i, c := range calls {
			items[i] = c.item
		}
		err := g.serve(context.Background(), items)
		for _, c := range calls {
			c.done <- err
		}
	}
}

// take takes calls from the queue. Where there are none, nobody serves.
func (g *gatherer[T]) take() []*gathered[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.queue), gatherMost)
	if n == 0 {
		g.serving = false
		return nil
	}
	calls := slices.Clone(g.queue[:n])
	g.queue = slices.Delete(g.queue, 0, n)
	return calls
}
