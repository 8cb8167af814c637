// Package lockstest is what the locks of every adapter must keep: Run for a driver, Faults and
// CutOff for one whose server fails, and History for processes that freeze and die.
package lockstest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
)

// lease is one that every server can have.
const lease = 2 * time.Second

// Run tests a driver. open returns a client of the same server, or folder, each time. Run
// closes it.
func Run(t *testing.T, open func(t *testing.T) locks.Driver) {
	for name, test := range map[string]func(*testing.T, pair){
		"OneOwner":             oneOwner,
		"TokensRise":           tokensRise,
		"TokensOutliveClients": tokensOutliveClients,
		"OnlyTheOwnerReleases": onlyTheOwnerReleases,
		"OnlyTheOwnerRenews":   onlyTheOwnerRenews,
		"LeasesEnd":            leasesEnd,
		"RenewalKeeps":         renewalKeeps,
		"NamesAreApart":        namesAreApart,
		"WaitEnds":             waitEnds,
		"Answers":              answers,
		"ClosedIsUnavailable":  closedIsUnavailable,
		"Exclusion":            exclusion,
		"WaitersGetIt":         waitersGetIt,
		"Try":                  try,
		"FrozenHolder":         frozenHolder,
		"Leaders":              leaders,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := pair{open: func() locks.Driver {
				d := open(t)
				t.Cleanup(func() { _ = d.Close() })
				return d
			}, name: Name()}
			p.a, p.b = p.open(), p.open()
			test(t, p)
		})
	}
}

// Name returns one of a lock that no other test has.
func Name() string { return fmt.Sprintf("test%d", rand.Uint64()) }

// pair is two clients, and the name of a lock.
type pair struct {
	open func() locks.Driver
	a, b locks.Driver
	name string
}

// over returns locks over a driver, which log nothing. The names of those of a pair are not
// those of the drivers.
func over(t testing.TB, d locks.Driver) *locks.Locks {
	l := locks.New("test", locks.Config{Lease: lease}, d, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// long is a lease that does not end during a test.
const long = 10 * time.Minute

func acquire(t *testing.T, d locks.Driver, name, owner string, lease time.Duration) int64 {
	t.Helper()
	token, err := d.Acquire(t.Context(), name, owner, lease)
	assert.NoError(t, err)
	return token
}

func mustAcquire(t *testing.T, d locks.Driver, name, owner string, lease time.Duration) int64 {
	t.Helper()
	token := acquire(t, d, name, owner, lease)
	if token == 0 {
		t.Fatalf("%s does not get %s", owner, name)
	}
	return token
}

func mustNotAcquire(t *testing.T, d locks.Driver, name, owner string) {
	t.Helper()
	if token := acquire(t, d, name, owner, long); token != 0 {
		t.Fatalf("%s gets %s, which another one has", owner, name)
	}
}

func renew(t *testing.T, d locks.Driver, name, owner string) bool {
	t.Helper()
	held, err := d.Renew(t.Context(), name, owner, long)
	assert.NoError(t, err)
	return held
}

func release(t *testing.T, d locks.Driver, name, owner string) {
	t.Helper()
	assert.NoError(t, d.Release(t.Context(), name, owner))
}

func oneOwner(t *testing.T, p pair) {
	for i := range 5 {
		first, second := p.a, p.b
		if i%2 == 1 {
			first, second = second, first
		}
		mustAcquire(t, first, p.name, fmt.Sprint("first", i), long)
		mustNotAcquire(t, second, p.name, fmt.Sprint("second", i))
		mustNotAcquire(t, first, p.name, fmt.Sprint("third", i))
		release(t, first, p.name, fmt.Sprint("first", i))
	}
}

func tokensRise(t *testing.T, p pair) {
	last := time.Now().Add(-time.Minute).UnixMicro() // clocks differ
	for i := range 50 {
		owner, d := fmt.Sprint(i), p.a
		if i%3 == 0 {
			d = p.b
		}
		token := mustAcquire(t, d, p.name, owner, long)
		if token <= last {
			t.Fatalf("the token %d comes after %d", token, last)
		}
		last = token
		release(t, d, p.name, owner)
	}
}

func tokensOutliveClients(t *testing.T, p pair) {
	first := mustAcquire(t, p.a, p.name, "first", long)
	release(t, p.a, p.name, "first")
	assert.NoError(t, p.a.Close())
	assert.NoError(t, p.b.Close())
	if second := mustAcquire(t, p.open(), p.name, "second", long); second <= first {
		t.Errorf("the token %d comes after %d", second, first)
	}
}

func onlyTheOwnerReleases(t *testing.T, p pair) {
	mustAcquire(t, p.a, p.name, "first", long)
	release(t, p.b, p.name, "second")
	release(t, p.a, p.name, "third")
	mustNotAcquire(t, p.b, p.name, "second")
	release(t, p.a, p.name, "first")
	mustAcquire(t, p.b, p.name, "second", long)
	release(t, p.a, p.name, "first") // again
	mustNotAcquire(t, p.a, p.name, "third")
}

func onlyTheOwnerRenews(t *testing.T, p pair) {
	if renew(t, p.a, p.name, "first") {
		t.Error("what nobody has is renewed")
	}
	mustAcquire(t, p.a, p.name, "first", long)
	if renew(t, p.b, p.name, "second") || renew(t, p.a, p.name, "second") {
		t.Error("another one renews it")
	}
	if !renew(t, p.a, p.name, "first") {
		t.Error("the owner cannot renew it")
	}
	release(t, p.a, p.name, "first")
	if renew(t, p.a, p.name, "first") {
		t.Error("what was released is renewed")
	}
}

// leasesEnd has an owner say nothing any more: nobody gets the lock before the lease has ended
// for the owner, and somebody does soon after.
func leasesEnd(t *testing.T, p pair) {
	sent := time.Now()
	first := mustAcquire(t, p.a, p.name, "first", lease)
	var second int64
	drivertest.Eventually(t, "the lease has ended", func() bool {
		second = acquire(t, p.b, p.name, "second", long)
		return second != 0
	})
	if took := time.Since(sent); took < lease*9/10 {
		t.Errorf("the lease of %v ended after %v", lease, took)
	}
	if second <= first {
		t.Errorf("the token %d comes after %d", second, first)
	}
	if renew(t, p.a, p.name, "first") {
		t.Error("it is renewed when another one has it")
	}
	release(t, p.a, p.name, "first")
	mustNotAcquire(t, p.a, p.name, "third")
}

// renewalKeeps renews a lease for longer than that is. If the machine was too busy for it,
// that is tried again.
func renewalKeeps(t *testing.T, p pair) {
	drivertest.Eventually(t, "a lease was renewed in time, often enough", func() bool {
		owner := kit.NewUUID().String()
		sent := time.Now()
		mustAcquire(t, p.a, p.name, owner, lease)
		defer release(t, p.a, p.name, owner)
		for end := time.Now().Add(2 * lease); time.Now().Before(end); time.Sleep(lease / 10) {
			token := acquire(t, p.b, p.name, "second", time.Millisecond)
			if time.Since(sent) > lease*8/10 {
				return false
			}
			if token != 0 {
				t.Fatal("another one gets it although it is renewed")
			}
			sent = time.Now()
			held, err := p.a.Renew(t.Context(), p.name, owner, lease)
			assert.NoError(t, err)
			if !held {
				return false
			}
		}
		return true
	})
}

func namesAreApart(t *testing.T, p pair) {
	names := []string{
		p.name, p.name + "/", p.name + "/a", p.name + "/A", p.name + ":a", p.name + ".a", p.name + "-a", p.name + "_a", "." + p.name,
		p.name + "/..", p.name + fmt.Sprintf("%0230d", 1), p.name + fmt.Sprintf("%0230d", 2),
	}
	for i, name := range names {
		mustAcquire(t, p.a, name, fmt.Sprint("first", i), long)
	}
	for i, name := range names {
		mustNotAcquire(t, p.b, name, fmt.Sprint("second", i))
		release(t, p.a, name, fmt.Sprint("first", i))
	}
}

func waitEnds(t *testing.T, p pair) {
	mustAcquire(t, p.a, p.name, "first", long)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	returned := make(chan struct{})
	go func() {
		p.b.Wait(ctx, p.name)
		close(returned)
	}()
	drivertest.Eventually(t, "Wait returns when its context ends", func() bool {
		select {
		case <-returned:
			return true
		default:
			return false
		}
	})
}

func answers(t *testing.T, p pair) { assert.NoError(t, p.a.Ping(t.Context())) }

func closedIsUnavailable(t *testing.T, p pair) {
	assert.NoError(t, p.a.Close())
	_, err := p.a.Acquire(t.Context(), p.name, "first", long)
	assert.Code(t, err, kit.Unavailable)
	_, err = p.a.Renew(t.Context(), p.name, "first", long)
	assert.Code(t, err, kit.Unavailable)
	assert.Code(t, p.a.Release(t.Context(), p.name, "first"), kit.Unavailable)
	assert.NoError(t, p.a.Close())
}

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
