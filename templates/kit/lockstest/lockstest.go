// Package lockstest is what the locks of every adapter must keep: Run for a driver, Faults and
// CutOff for one whose server fails, and History for processes that freeze and die.
package lockstest

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
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
