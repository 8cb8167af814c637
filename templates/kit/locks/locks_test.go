package locks_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
)

// toy is a driver in memory that can fail.
type toy struct {
	mu     sync.Mutex
	owner  map[string]string
	until  map[string]time.Time
	token  int64
	err    error
	renews int
	calls  []string
}

func newToy() *toy { return &toy{owner: map[string]string{}, until: map[string]time.Time{}} }

func (d *toy) Acquire(_ context.Context, name, owner string, lease time.Duration) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, "acquire "+name)
	if d.err != nil || d.owner[name] != "" && time.Now().Before(d.until[name]) {
		return 0, d.err
	}
	d.token++
	d.owner[name], d.until[name] = owner, time.Now().Add(lease)
	return d.token, nil
}

func (d *toy) Renew(_ context.Context, name, owner string, lease time.Duration) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil || d.owner[name] != owner {
		return false, d.err
	}
	d.renews++
	d.until[name] = time.Now().Add(lease)
	return true, nil
}

func (d *toy) Release(_ context.Context, name, owner string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.owner[name] == owner {
		delete(d.owner, name)
	}
	return d.err
}

func (d *toy) Wait(ctx context.Context, _ string) { <-ctx.Done() }
func (d *toy) Ping(context.Context) error         { return d.err }
func (d *toy) Close() error                       { return nil }

func (d *toy) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

func (d *toy) has(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.owner[name] != ""
}

var errAway = kit.Errorf(kit.Unavailable, "away")

func over(d locks.Driver) (*locks.Locks, *bytes.Buffer) {
	log := new(bytes.Buffer)
	return locks.New("shop", locks.Config{Lease: 10 * time.Second}, d, slog.New(slog.NewTextHandler(log, nil))), log
}

func nothing(context.Context, int64) error { return nil }

// TestLease shows when a lease is renewed, and until when it is relied on.
func TestLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newToy()
		l, _ := over(d)
		began := time.Now()
		err := l.Do(t.Context(), "a", func(ctx context.Context, token int64) error {
			time.Sleep(time.Minute)
			if ctx.Err() != nil || token != 1 || d.renews < 15 {
				t.Errorf("after a minute and %d renewals: %v, token %d", d.renews, ctx.Err(), token)
			}
			time.Sleep(time.Second)
			d.fail(errAway)
			time.Sleep(3 * time.Second)
			d.fail(nil) // in time
			time.Sleep(10 * time.Second)
			if ctx.Err() != nil {
				t.Errorf("it is lost for a moment without the server: %v", ctx.Err())
			}
			d.fail(errAway)
			began = time.Now()
			<-ctx.Done()
			return ctx.Err()
		})
		if kit.CodeOf(err) != kit.Unavailable || !strings.Contains(err.Error(), "lost") {
			t.Errorf("the error is %v", err)
		}
		// It was renewed at most 3.4 s before, and is relied on for 8 s.
		if took := time.Since(began); took < 4*time.Second || took > 8*time.Second {
			t.Errorf("it was lost after %v", took)
		}
		if s := l.Stats(); s.Acquired.Load() != 1 || s.Lost.Load() != 1 || s.Held.Load() != 0 {
			t.Errorf("acquired %d, lost %d, held %d", s.Acquired.Load(), s.Lost.Load(), s.Held.Load())
		}
	})
}

// TestSlowAnswers shows that a lease is reckoned from when it was asked for, and that one which
// is told too late is not relied on.
func TestSlowAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := over(slow{newToy(), 9 * time.Second})
		err := l.Do(t.Context(), "a", func(ctx context.Context, _ int64) error {
			if ctx.Err() == nil {
				t.Error("the lease may have ended for others")
			}
			return nil
		})
		if kit.CodeOf(err) != kit.Unavailable {
			t.Errorf("the error is %v", err)
		}
	})
}

// slow answers late.
type slow struct {
	locks.Driver
	by time.Duration
}

func (d slow) Acquire(ctx context.Context, name, owner string, lease time.Duration) (int64, error) {
	token, err := d.Driver.Acquire(ctx, name, owner, lease)
	time.Sleep(d.by)
	return token, err
}

// TestStolen shows that a holder whose lock another one has is told at the next renewal.
func TestStolen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newToy()
		l, _ := over(d)
		err := l.Do(t.Context(), "a", func(ctx context.Context, _ int64) error {
			d.mu.Lock()
			d.owner["shop:a"] = "another one"
			d.mu.Unlock()
			<-ctx.Done()
			return nil
		})
		if kit.CodeOf(err) != kit.Unavailable || !d.has("shop:a") {
			t.Errorf("the error is %v, and another one has it: %v", err, d.has("shop:a"))
		}
	})
}

// TestErrors shows which errors callers get.
func TestErrors(t *testing.T) {
	d := newToy()
	l, _ := over(d)
	own := kit.Errorf(kit.Invalid, "own")
	if err := l.Do(t.Context(), "a", func(context.Context, int64) error { return own }); !errors.Is(err, own) {
		t.Errorf("the error of the function is %v", err)
	}
	for _, name := range []string{"", "a b", "ä", "a\n", strings.Repeat("a", 201)} {
		if err := l.Do(t.Context(), name, nothing); kit.CodeOf(err) != kit.Invalid {
			t.Errorf("the name %.20q: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := l.Do(ctx, "a", func(ctx context.Context, _ int64) error { cancel(); return ctx.Err() })
	if !errors.Is(err, context.Canceled) || kit.CodeOf(err) != kit.Internal {
		t.Errorf("the error of a caller who went away is %v", err)
	}
	if err := l.Do(ctx, "a", nothing); kit.CodeOf(err) != kit.Unavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("the error of one who was away is %v", err)
	}
	for given, want := range map[error]kit.Code{errAway: kit.Unavailable, kit.Errorf(kit.Invalid, "refused"): kit.Invalid, errors.New("a bug"): kit.Internal} {
		d.fail(given)
		called, err := l.Try(t.Context(), "a", nothing)
		if called || kit.CodeOf(err) != want || !errors.Is(err, given) {
			t.Errorf("%v: Try returns %v, %v", given, called, err)
		}
	}
	d.fail(nil)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if d.has("shop:a") {
		t.Error("a lock is left")
	}
}

// TestPanic shows that a holder which panics holds nothing any more.
func TestPanic(t *testing.T) {
	d := newToy()
	l, _ := over(d)
	for range 2 {
		func() {
			defer func() {
				if p := recover(); p != "on purpose" {
					t.Errorf("the panic is %v", p)
				}
			}()
			_ = l.Do(t.Context(), "a", func(context.Context, int64) error { panic("on purpose") })
		}()
	}
	if d.has("shop:a") || l.Stats().Held.Load() != 0 {
		t.Error("it is held")
	}
}

// TestWaiting shows that callers in a process have their turns in order, and that only one of
// them asks the server, more and more seldom.
func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newToy()
		l, _ := over(d)
		if _, err := d.Acquire(t.Context(), "shop:a", "another process", time.Minute); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		var order []int
		for i := range 10 {
			all.Go(func() {
				if err := l.Do(t.Context(), "a", func(context.Context, int64) error { order = append(order, i); return nil }); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		all.Wait()
		if got := fmt.Sprint(order); got != "[0 1 2 3 4 5 6 7 8 9]" {
			t.Errorf("the order is %v", got)
		}
		if n := len(d.calls); n < 100 || n > 400 {
			t.Errorf("the server was asked %d times in a minute", n)
		}
	})
}

// TestLead shows when Lead goes on and when it returns.
func TestLead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newToy()
		l, log := over(d)
		d.fail(errAway)
		time.AfterFunc(time.Minute, func() { d.fail(nil) })
		terms := 0
		refused := kit.Errorf(kit.Conflict, "has had another holder since")
		done := errors.New("done")
		err := l.Lead(t.Context(), "a", func(ctx context.Context, token int64) error {
			switch terms++; terms {
			case 1:
				d.fail(errAway)
				time.AfterFunc(time.Minute, func() { d.fail(nil) })
				<-ctx.Done()
				return refused // by a fence, when it had lost the lock
			default:
				return done
			}
		})
		if !errors.Is(err, done) || terms != 2 {
			t.Errorf("after %d terms: %v", terms, err)
		}
		if n := strings.Count(log.String(), "this process leads"); n != 2 {
			t.Errorf("the log tells of %d terms", n)
		}
		d.fail(kit.Errorf(kit.Invalid, "refused"))
		if err := l.Lead(t.Context(), "a", nothing); kit.CodeOf(err) != kit.Invalid {
			t.Errorf("what will not help is tried again: %v", err)
		}
	})
}

func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]locks.Config{
		"":       {},
		"Lease":  {Lease: time.Second},
		"Prefix": {Prefix: "a b"},
	} {
		got := ""
		c.Check(func(field, _ string) { got += field })
		if got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
