package cache

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// longest is how long a value may be loaded anew while nobody waits for it.
const longest = 30 * time.Second

// flights are the loads that are under way, by the names of their values.
type flights struct {
	log *slog.Logger

	mu      sync.Mutex
	running map[string]*flight
	some    atomic.Bool // running is not empty: so that a change need not take the lock if it is
	work    sync.WaitGroup
}

// flight is a load, and what becomes of it.
type flight struct {
	of      *flights
	name    string
	cancel  context.CancelFunc
	waiting int // guarded by of.mu

	storing  sync.Mutex
	outdated bool // the value has changed since; guarded by storing

	done  chan struct{} // closed when it has ended, with what follows
	value []byte
	err   error
	panic any
}

// join returns the flight of a name, which load begins unless there is one. wait must
// be called.
func (fs *flights) join(ctx context.Context, name string, load func(context.Context, *flight)) *flight {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f := fs.running[name]
	if f == nil {
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f = fs.start(ctx, cancel, name, load)
	}
	f.waiting++
	return f
}

// begin begins a flight for which nobody waits, unless there is one.
func (fs *flights) begin(ctx context.Context, name string, load func(context.Context, *flight)) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.running[name] == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longest)
		f := fs.start(ctx, cancel, name, load)
		f.waiting = 1 // so that who joins it does not end it
		fs.work.Go(func() {
			if <-f.done; f.panic != nil {
				fs.log.ErrorContext(ctx, "a value could not be loaded anew", "panic", f.panic)
			}
		})
	}
}

func (fs *flights) start(ctx context.Context, cancel context.CancelFunc, name string, load func(context.Context, *flight)) *flight {
	f := &flight{of: fs, name: name, cancel: cancel, done: make(chan struct{})}
	f.err = kit.Errorf(kit.Internal, "the load of a value did not return")
	fs.running[name] = f
	fs.some.Store(true)
	fs.work.Go(func() {
		defer cancel()
		defer close(f.done)
		defer f.leave()
		defer func() {
			if f.panic = recover(); f.panic != nil {
				f.panic = fmt.Sprintf("%v\n\n%s", f.panic, debug.Stack())
			}
		}()
		load(ctx, f)
	})
	return f
}

// leave has later callers begin another flight.
func (f *flight) leave() {
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	f.remove()
}

func (f *flight) remove() {
	if f.of.running[f.name] == f {
		delete(f.of.running, f.name)
		f.of.some.Store(len(f.of.running) > 0)
	}
}

// wait returns what the flight brings, or Unavailable if ctx ends. The last one who
// leaves ends it.
func (f *flight) wait(ctx context.Context) ([]byte, error) {
	select {
	case <-f.done:
		if f.panic != nil {
			panic(f.panic)
		}
		return f.value, f.err
	case <-ctx.Done():
	}
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	if f.waiting--; f.waiting == 0 {
		f.forget()
		f.cancel()
	}
	return nil, kit.Wrap(kit.Unavailable, ctx.Err(), "the request ended before the value was loaded")
}

// forget has a flight keep nothing, and later callers begin another one, unless it is
// keeping its value already. It needs the lock of all flights.
func (f *flight) forget() (forgotten bool) {
	if !f.storing.TryLock() {
		return false
	}
	defer f.storing.Unlock()
	f.outdated = true
	f.remove()
	return true
}

// outdate has the flight of a name keep nothing. If it is keeping its value, it returns
// after that.
func (fs *flights) outdate(name string) {
	if !fs.some.Load() { // what begins from now on loads the value as it is
		return
	}
	fs.mu.Lock()
	f := fs.running[name]
	storing := f != nil && !f.forget()
	fs.mu.Unlock()
	if storing {
		f.storing.Lock()
		defer f.storing.Unlock()
		f.leave()
	}
}

// end ends all flights.
func (fs *flights) end() {
	fs.mu.Lock()
	for _, f := range fs.running {
		f.cancel()
	}
	fs.mu.Unlock()
	fs.work.Wait()
}
