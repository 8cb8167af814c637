// Package processlocks keeps locks in a folder, for the processes of one machine.
//
// A file in it says who holds what. It is read and written under a lock of the operating
// system on another one. The lease of another process has ended when its entry has stayed as
// it was for so long while this process watched it: no clocks are compared. Those of a process
// that died end at once: each keeps a lock of the operating system for as long as it lives.
package processlocks

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Config says where the locks are. Zero values stand for the defaults.
type Config struct {
	Path string // the folder, which is created if it does not exist; data/locks
}

// KeyOf returns which key of the section leads to an error of New or Ping.
func (Config) KeyOf(error) string { return "path" }

// Locks is a locks.Driver on a folder.
type Locks struct {
	path string
	self string   // this process, among those that use the folder
	life *os.File // which is locked while this one lives

	mu    sync.Mutex // guards what follows, and the folder within this process
	lock  *os.File   // that of the folder; nil once this one is closed
	floor int64      // no token up to it is returned after a power failure
	seen  map[string]sighting
}

// sighting is since when what another process holds has been as it is.
type sighting struct {
	holder
	since time.Time
}

// New returns locks in a folder. The error is Invalid if it cannot be used.
func New(c Config) (*Locks, error) {
	l := &Locks{
		path: cmp.Or(c.Path, filepath.Join("data", "locks")), self: kit.NewUUID().String(), seen: map[string]sighting{},
	}
	err := os.MkdirAll(l.path, 0o750)
	if err == nil {
		l.lock, err = os.OpenFile(filepath.Join(l.path, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	}
	if err == nil {
		err = l.alone(l.begin)
	}
	if err != nil {
		return nil, errors.Join(kit.Wrap(cmp.Or(unavailable(err), kit.Invalid), err, "the folder of locks "+l.path+" cannot be used"), l.Close())
	}
	return l, nil
}

// unavailable returns Unavailable for an error of that code.
func unavailable(err error) kit.Code {
	if _, ok := errors.AsType[*kit.Error](err); ok {
		return kit.CodeOf(err)
	}
	return ""
}

// begin makes this one known to others. Where none lives, what is in the folder may be as it
// was some time before a power failure.
func (l *Locks) begin() (err error) {
	if l.life, err = os.OpenFile(l.lifeOf(l.self), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return err
	}
	if _, err = tryLock(l.life); err != nil {
		return err
	}
	others, err := filepath.Glob(l.lifeOf("*"))
	for _, name := range others {
		other := strings.TrimSuffix(filepath.Base(name), aliveSuffix)
		if other != l.self && l.lives(other) {
			return err
		}
	}
	s, _ := l.read()
	floor, err := l.readFloor()
	if err != nil {
		return err
	}
	return l.write(state{Token: max(s.Token, floor)})
}

const aliveSuffix = ".alive"

func (l *Locks) lifeOf(process string) string { return filepath.Join(l.path, process+aliveSuffix) }

// lives reports whether another process does, and removes what it has left if not.
func (l *Locks) lives(process string) bool {
	f, err := os.OpenFile(l.lifeOf(process), os.O_RDWR, 0)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	free, err := tryLock(f)
	if free {
		_ = os.Remove(f.Name()) // it is looked at again if it stays
	}
	return !free || err != nil
}

// patience is how long to wait for the folder, which others use for moments.
const patience = time.Second

// alone does something while no other process uses the folder.
func (l *Locks) alone(do func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lock == nil {
		return kit.Errorf(kit.Unavailable, "the locks are closed")
	}
	for began := time.Now(); ; time.Sleep(200 * time.Microsecond) {
		locked, err := tryLock(l.lock)
		if locked {
			defer unlock(l.lock)
			return do()
		}
		if err != nil || time.Since(began) > patience {
			return kit.Wrap(kit.Unavailable, err, "another process does not leave the folder of locks "+l.path)
		}
	}
}

// change reads who holds what, and writes what the function makes of it if it has changed
// that.
func (l *Locks) change(ctx context.Context, do func(*state) (changed bool, err error)) error {
	if ctx.Err() != nil {
		return kit.Wrap(kit.Unavailable, ctx.Err(), "the request ended before the locks could answer")
	}
	return l.alone(func() error {
		s, err := l.read()
		changed := false
		if err == nil {
			changed, err = do(&s)
		}
		if err == nil && changed {
			err = l.write(s)
		}
		if err != nil {
			return kit.Wrap(kit.Unavailable, err, "the folder of locks "+l.path+" does not keep what is held")
		}
		return nil
	})
}

// Acquire gives an owner a lock: see locks.Driver.
func (l *Locks) Acquire(ctx context.Context, name, owner string, lease time.Duration) (int64, error) {
	var token int64
	err := l.change(ctx, func(s *state) (changed bool, err error) {
		if now, held := s.Held[name]; held && now.Owner != owner && !l.hasEnded(name, now) {
			return false, nil
		}
		delete(l.seen, name)
		token = max(s.Token+1, time.Now().UnixMicro())
		s.Token, s.Held[name] = token, holder{owner, l.self, 0, lease}
		if token > l.floor {
			err = l.raise(token)
		}
		return true, err
	})
	if err != nil {
		return 0, err
	}
	return token, nil
}

// hasEnded reports whether the lease of a holder has.
func (l *Locks) hasEnded(name string, now holder) bool {
	if l.seen[name].holder != now {
		l.seen[name] = sighting{now, time.Now()}
	}
	return time.Since(l.seen[name].since) >= now.Lease || now.Process != l.self && !l.lives(now.Process)
}

// Renew has a lease begin again: see locks.Driver.
func (l *Locks) Renew(ctx context.Context, name, owner string, lease time.Duration) (held bool, err error) {
	err = l.change(ctx, func(s *state) (bool, error) {
		now := s.Held[name]
		if held = now.Owner == owner; held {
			s.Held[name] = holder{owner, l.self, now.Renewed + 1, lease}
		}
		return held, nil
	})
	return held && err == nil, err
}

// Release ends a lease: see locks.Driver.
func (l *Locks) Release(ctx context.Context, name, owner string) error {
	return l.change(ctx, func(s *state) (held bool, _ error) {
		if held = s.Held[name].Owner == owner; held {
			delete(s.Held, name)
		}
		return held, nil
	})
}

// Wait waits for the end of ctx: other processes do not tell what they release.
func (l *Locks) Wait(ctx context.Context, _ string) { <-ctx.Done() }

// Ping returns nil if the folder can be written to.
func (l *Locks) Ping(ctx context.Context) error {
	return l.change(ctx, func(*state) (bool, error) { return true, nil })
}

// Close releases the folder.
func (l *Locks) Close() (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lock == nil {
		return nil
	}
	if l.life != nil {
		err = errors.Join(os.Remove(l.life.Name()), l.life.Close())
	}
	err = errors.Join(err, l.lock.Close())
	l.lock = nil
	return err
}
