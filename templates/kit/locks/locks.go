// Package locks is what all locks have in common, above a Driver for each: waiting, leases
// that are renewed, the end of what a holder does when its lease may end, and the election
// of leaders.
package locks

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// DefaultLease is how long a lease is unless the configuration says otherwise.
const DefaultLease = 10 * time.Second

// Config says how locks are held. Zero values stand for the defaults.
type Config struct {
	Lease  time.Duration // how long until another one takes over from a holder that died; 10s
	Prefix string        // of all names, before a colon; the service's name
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	if c.Lease != 0 && (c.Lease < 2*time.Second || c.Lease > 10*time.Minute) {
		report("Lease", "must be from 2s to 10m, or 0s for the default")
	}
	if len(c.Prefix) > 64 || !isPlain(c.Prefix) {
		report("Prefix", "must be up to 64 letters, digits and characters of -_.:/")
	}
}

// Stats is what the locks of a process have done since they were made.
type Stats struct {
	Acquired atomic.Int64 // locks
	Lost     atomic.Int64 // of these, those whose lease was not renewed in time
	Held     atomic.Int64 // at present
	Waiting  atomic.Int64 // callers, at present
	WaitTime atomic.Int64 // of all callers that got a lock, in nanoseconds
	Errors   atomic.Int64 // of the driver
}

// Locks are kit.Locks.
type Locks struct {
	driver Driver
	lease  time.Duration
	prefix string
	log    *slog.Logger
	stats  Stats
	turns  turns
	work   sync.WaitGroup
}

// New returns locks over a driver, which they close, for a service.
func New(service string, c Config, d Driver, log *slog.Logger) *Locks {
	l := &Locks{driver: d, lease: c.Lease, prefix: c.Prefix, log: log, turns: turns{of: map[string]*turn{}}}
	if l.lease == 0 {
		l.lease = DefaultLease
	}
	if l.prefix == "" {
		l.prefix = service
	}
	return l
}

// The pauses between attempts to get a lock that another process has, each at random up to a
// limit, which doubles. Whoever waits in a process for the same lock waits for one of them.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = 500 * time.Millisecond
)

// Do calls fn when it has the lock: see kit.Locks.
func (l *Locks) Do(ctx context.Context, name string, fn func(context.Context, int64) error) error {
	_, err := l.do(ctx, name, true, fn)
	return err
}

// Try calls fn if it has the lock: see kit.Locks.
func (l *Locks) Try(ctx context.Context, name string, fn func(context.Context, int64) error) (called bool, err error) {
	return l.do(ctx, name, false, fn)
}

func (l *Locks) do(ctx context.Context, name string, wait bool, fn func(context.Context, int64) error) (called bool, err error) {
	if name == "" || len(name) > 200 || !isPlain(name) {
		return false, kit.Errorf(kit.Invalid, "the name of a lock must be 1 to 200 letters, digits and characters of -_.:/, and is %.40q", name)
	}
	h, err := l.acquire(ctx, name, wait)
	if h == nil {
		return false, err
	}
	return true, h.run(ctx, fn)
}

// acquire returns the lock as it is held from now on, or nil if another holder has it and
// there is no waiting, or for an error.
func (l *Locks) acquire(ctx context.Context, name string, wait bool) (*hold, error) {
	began := time.Now()
	l.stats.Waiting.Add(1)
	defer l.stats.Waiting.Add(-1)
	if !l.turns.take(ctx, name, wait) {
		return nil, ended(ctx, name)
	}
	h, err := l.compete(ctx, name, wait)
	if h == nil {
		l.turns.give(name)
		return nil, err
	}
	l.stats.WaitTime.Add(int64(time.Since(began)))
	return h, nil
}

// compete is acquire among processes.
func (l *Locks) compete(ctx context.Context, name string, wait bool) (*hold, error) {
	h := &hold{locks: l, name: name, key: l.prefix + ":" + name, owner: kit.NewUUID().String()}
	for limit := firstPause; ; limit = min(2*limit, lastPause) {
		if err := ended(ctx, name); err != nil {
			return nil, err
		}
		sent := time.Now()
		token, err := l.driver.Acquire(ctx, h.key, h.owner, l.lease)
		switch {
		case err != nil:
			l.work.Go(func() { // the server may have given it: then it ends now, or by itself
				_ = l.driver.Release(context.WithoutCancel(ctx), h.key, h.owner)
			})
			if err := ended(ctx, name); err != nil {
				return nil, err
			}
			l.stats.Errors.Add(1)
			return nil, unavailable(name, err)
		case token > 0:
			h.token, h.until = token, ReliedOn(sent, l.lease)
			return h, nil
		case !wait:
			return nil, nil
		}
		pause, cancel := context.WithTimeout(ctx, rand.N(limit)+1)
		l.driver.Wait(pause, h.key)
		cancel()
	}
}

// Lead calls fn whenever this process is elected: see kit.Locks.
func (l *Locks) Lead(ctx context.Context, name string, fn func(context.Context, int64) error) error {
	var told time.Time
	for {
		elected, ended := false, false
		err := l.Do(ctx, name, func(ctx context.Context, token int64) error {
			elected = true
			l.log.InfoContext(ctx, "this process leads", "lock", name, "token", token)
			err := fn(ctx, token)
			ended = ctx.Err() == nil
			return err
		})
		if ended || ctx.Err() != nil || !elected && kit.CodeOf(err) != kit.Unavailable {
			return err
		}
		if elected || time.Since(told) > time.Minute {
			told = time.Now()
			l.log.WarnContext(ctx, "this process does not lead, and tries again", "lock", name, "error", err)
		}
		_ = retry.Pause(ctx, lastPause) // Do notices the end of ctx
	}
}

// Stats returns what the locks have done.
func (l *Locks) Stats() *Stats { return &l.stats }

// Ping returns nil if the server answers.
func (l *Locks) Ping(ctx context.Context) error { return l.driver.Ping(ctx) }

// Close closes the driver, when all that was called has returned. It releases no lock that is
// held: its lease is not renewed any more.
func (l *Locks) Close() error {
	err := l.driver.Close()
	l.work.Wait()
	return err
}

// ended returns the error for a caller whose context has ended, if it has.
func ended(ctx context.Context, name string) error {
	if ctx.Err() == nil {
		return nil
	}
	return kit.Wrap(kit.Unavailable, ctx.Err(), "the request ended before it had the lock "+name)
}

// unavailable returns the error for a lock that the driver could not give.
func unavailable(name string, err error) error {
	if _, ok := errors.AsType[*kit.Error](err); ok {
		return kit.Wrap(kit.CodeOf(err), err, "the lock "+name+" cannot be had")
	}
	return kit.Wrap(kit.Internal, err, "the lock "+name+" cannot be had")
}

// isPlain reports whether a text consists of what may be part of a name.
func isPlain(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-', c == '_', c == '.', c == ':', c == '/':
		default:
			return false
		}
	}
	return true
}
