package lockstest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
)

// exclusion has many callers of two clients count without a lock of their own.
func exclusion(t *testing.T, p pair) {
	clients := []*locks.Locks{over(t, p.a), over(t, p.b)}
	const callers, times = 8, 10
	var inside atomic.Int64
	count, last := 0, int64(0)
	errs := make(chan error, callers)
	assert.Concurrently(callers, func(i int) {
		errs <- func() error {
			for range times {
				err := clients[i%2].Do(t.Context(), p.name, func(_ context.Context, token int64) error {
					if n := inside.Add(1); n != 1 {
						t.Errorf("%d are inside", n)
					}
					if token <= last {
						t.Errorf("the token %d comes after %d", token, last)
					}
					count, last = count+1, token
					time.Sleep(time.Millisecond)
					inside.Add(-1)
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		}()
	})
	for range callers {
		assert.NoError(t, <-errs)
	}
	if count != callers*times {
		t.Errorf("counted %d, want %d", count, callers*times)
	}
}

// waitersGetIt has waiters of both clients get the lock when it is released, and those whose
// context ends before not.
func waitersGetIt(t *testing.T, p pair) {
	a, b := over(t, p.a), over(t, p.b)
	release, got := make(chan struct{}), make(chan error, 3)
	began := make(chan struct{})
	nothing := func(context.Context, int64) error { return nil }
	go func() {
		got <- a.Do(t.Context(), p.name, func(context.Context, int64) error {
			close(began)
			<-release
			return nil
		})
	}()
	<-began
	waiting, stop := drivertest.Limit(t.Context())
	defer stop()
	go func() { got <- a.Do(waiting, p.name, nothing) }()
	go func() { got <- b.Do(waiting, p.name, nothing) }()
	ctx, cancel := context.WithCancel(t.Context())
	impatient := make(chan error, 2)
	for _, l := range []*locks.Locks{a, b} {
		go func() { impatient <- l.Do(ctx, p.name, nothing) }()
	}
	drivertest.Eventually(t, "all wait", func() bool { return a.Stats().Waiting.Load() == 2 && b.Stats().Waiting.Load() == 2 })
	cancel()
	assert.Ended(t, <-impatient)
	assert.Ended(t, <-impatient)
	close(release)
	for range 3 {
		assert.NoError(t, <-got)
	}
}

func try(t *testing.T, p pair) {
	a, b := over(t, p.a), over(t, p.b)
	err := a.Do(t.Context(), p.name, func(ctx context.Context, _ int64) error {
		for _, l := range []*locks.Locks{a, b} {
			called, err := l.Try(ctx, p.name, func(context.Context, int64) error { t.Error("two hold it"); return nil })
			if called || err != nil {
				t.Errorf("Try returns %v, %v while another one has it", called, err)
			}
		}
		return nil
	})
	assert.NoError(t, err)
	refused := kit.Errorf(kit.Conflict, "refused")
	called, err := b.Try(t.Context(), p.name, func(context.Context, int64) error { return refused })
	if !called || !errors.Is(err, refused) {
		t.Errorf("Try returns %v, %v", called, err)
	}
}

// deaf is a driver whose server cannot be reached for a while.
type deaf struct {
	locks.Driver
	off *atomic.Bool
}

func (d deaf) Acquire(ctx context.Context, name, owner string, lease time.Duration) (int64, error) {
	if d.off.Load() {
		return 0, kit.Errorf(kit.Unavailable, "cut off")
	}
	return d.Driver.Acquire(ctx, name, owner, lease)
}

func (d deaf) Renew(ctx context.Context, name, owner string, lease time.Duration) (bool, error) {
	if d.off.Load() {
		return false, kit.Errorf(kit.Unavailable, "cut off")
	}
	return d.Driver.Renew(ctx, name, owner, lease)
}

func (d deaf) Release(ctx context.Context, name, owner string) error {
	if d.off.Load() {
		return kit.Errorf(kit.Unavailable, "cut off")
	}
	return d.Driver.Release(ctx, name, owner)
}

// frozenHolder has a holder reach its server no more: its context ends before another one
// gets the lock, with a higher token.
func frozenHolder(t *testing.T, p pair) {
	off := new(atomic.Bool)
	a, b := over(t, deaf{p.a, off}), over(t, p.b)
	var first, second int64
	var stopped atomic.Bool
	held, got := make(chan struct{}), make(chan error, 1)
	go func() {
		<-held
		got <- b.Do(t.Context(), p.name, func(_ context.Context, token int64) error {
			second = token
			if !stopped.Load() {
				t.Error("another one got it before the context of the holder had ended")
			}
			return nil
		})
	}()
	err := a.Do(t.Context(), p.name, func(ctx context.Context, token int64) error {
		first = token
		off.Store(true)
		close(held)
		<-ctx.Done()
		stopped.Store(true)
		return nil
	})
	assert.Code(t, err, kit.Unavailable)
	assert.NoError(t, <-got)
	if second <= first {
		t.Errorf("the token %d comes after %d", second, first)
	}
	if n := a.Stats().Lost.Load(); n != 1 {
		t.Errorf("%d locks were lost", n)
	}
}

// leaders has two candidates: one leads, and the other one when that has been cut off.
func leaders(t *testing.T, p pair) {
	off := new(atomic.Bool)
	a, b := over(t, deaf{p.a, off}), over(t, p.b)
	var leadsA, leadsB atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	candidate := func(n *atomic.Int64) func(context.Context, int64) error {
		return func(ctx context.Context, _ int64) error {
			n.Store(1)
			<-ctx.Done()
			n.Store(0)
			return ctx.Err()
		}
	}
	returned := make(chan error, 2)
	go func() { returned <- a.Lead(ctx, p.name, candidate(&leadsA)) }()
	drivertest.Eventually(t, "one leads", func() bool { return leadsA.Load() == 1 })
	go func() { returned <- b.Lead(ctx, p.name, candidate(&leadsB)) }()
	off.Store(true)
	drivertest.Eventually(t, "the other one leads", func() bool { return leadsB.Load() == 1 })
	if leadsA.Load() == 1 {
		t.Error("both lead")
	}
	off.Store(false)
	cancel()
	for range 2 {
		if err := <-returned; err == nil {
			t.Error("Lead returns no error when its context has ended")
		}
	}
	done := kit.Errorf(kit.Invalid, "done")
	if err := a.Lead(t.Context(), p.name, func(context.Context, int64) error { return done }); !errors.Is(err, done) {
		t.Errorf("Lead returns %v, not what the leader returned", err)
	}
}
