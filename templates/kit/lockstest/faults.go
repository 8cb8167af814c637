package lockstest

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
)

// slow is how long a call may take while the server fails: its timeouts, with room for a busy
// machine.
const slow = 10 * time.Second

// Faults shows that locks whose server fails are Unavailable, within their deadline; that a
// holder meanwhile is told within its lease; and that they recover alone. d is of the server,
// which nobody else uses.
func Faults(t *testing.T, server drivertest.Server, d locks.Driver) {
	l := over(t, d)
	for _, fault := range []struct {
		name       string
		begin, end func()
	}{
		{"killed", server.Kill, server.Start},
		{"frozen", server.Freeze, server.Thaw},
		{"emptied", func() { server.Kill(); server.Start() }, nil},
	} {
		t.Run(fault.name, func(t *testing.T) {
			last := works(t, l, Name())
			if fault.end == nil {
				fault.begin()
			} else {
				losesIt(t, l, fault.begin)
				isAway(t, l)
				fault.end()
			}
			if token := works(t, l, Name()); token <= last {
				t.Errorf("the token %d comes after %d", token, last)
			}
		})
	}
}

// CutOff shows the same of a network that carries nothing any more, and of connections that
// end, on the way to the server at an address. Another client, which reaches the server, gets
// the lock when the holder has stopped.
func CutOff(t *testing.T, addr string, open func(addr string) locks.Driver) {
	way := brokertest.NewProxy(t, "tcp://"+addr)
	here, there := over(t, open(strings.TrimPrefix(way.URL, "tcp://"))), over(t, open(addr))
	name := Name()
	works(t, here, name)
	works(t, there, name)
	var stopped atomic.Bool
	got := make(chan error, 1)
	var first, second int64
	err := here.Do(t.Context(), name, func(ctx context.Context, token int64) error {
		first = token
		way.Frozen.Store(true)
		go func() {
			got <- there.Do(t.Context(), name, func(_ context.Context, token int64) error {
				second = token
				if !stopped.Load() {
					t.Error("another one got it before the context of the holder had ended")
				}
				return nil
			})
		}()
		<-ctx.Done()
		stopped.Store(true)
		return nil
	})
	assert.Code(t, err, kit.Unavailable)
	assert.NoError(t, <-got)
	if second <= first {
		t.Errorf("the token %d comes after %d", second, first)
	}
	isAway(t, here)
	way.Cut()
	isAway(t, here)
	way.Frozen.Store(false)
	works(t, here, name)
	way.Cut()
	works(t, here, name)
}

// works waits until the locks can be had, and returns the token.
func works(t *testing.T, l *locks.Locks, name string) (token int64) {
	t.Helper()
	drivertest.Eventually(t, "locks can be had", func() bool {
		err := l.Do(t.Context(), name, func(_ context.Context, given int64) error {
			token = given
			return nil
		})
		return err == nil && l.Ping(t.Context()) == nil
	})
	return token
}

// losesIt has a server fail while a lock is held: the context of the holder ends.
func losesIt(t *testing.T, l *locks.Locks, begin func()) {
	t.Helper()
	err := l.Do(t.Context(), Name(), func(ctx context.Context, _ int64) error {
		begin()
		began := time.Now()
		<-ctx.Done()
		if took := time.Since(began); took > lease+slow {
			t.Errorf("it was lost after %v", took)
		}
		return nil
	})
	assert.Code(t, err, kit.Unavailable)
}

// isAway asks for locks whose server fails.
func isAway(t *testing.T, l *locks.Locks) {
	t.Helper()
	ctx, cancel := drivertest.Limit(t.Context())
	defer cancel()
	began := time.Now()
	assert.Concurrently(8, func(int) {
		err := l.Do(ctx, Name(), func(context.Context, int64) error {
			t.Error("there is a lock without a server")
			return nil
		})
		assert.Code(t, err, kit.Unavailable)
	})
	assert.Code(t, l.Ping(ctx), kit.Unavailable)
	took := time.Since(began)
	if took > slow {
		t.Errorf("it took %v to say so", took)
	}
	t.Logf("it took %v to say so", took)
}
