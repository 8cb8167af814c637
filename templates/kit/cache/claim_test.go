package cache_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// server is a toy that processes share. It may be one that cannot compare.
type server struct {
	*toy

	plain bool
}

func (s server) Add(_ context.Context, key string, value []byte, _ time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil || s.values[key] != nil {
		return false, s.err
	}
	s.values[key] = value
	return true, nil
}

func (s server) Replace(_ context.Context, key string, before, value []byte, _ time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plain {
		return false, kit.Errorf(kit.Invalid, "it cannot compare")
	}
	if s.err != nil || !bytes.Equal(s.values[key], before) {
		return false, s.err
	}
	s.values[key] = value
	return true, nil
}

// process returns the cache of one of the processes.
func (s server) process(t *testing.T) *cache.Cache {
	c := cache.New(cache.Config{MaxValue: 1000, Absent: time.Minute}, s, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func newServer() server { return server{toy: &toy{values: map[string][]byte{}}} }

// fetch fetches a value that takes so long to load.
func fetch(t *testing.T, c *cache.Cache, want string, load string, takes time.Duration, err error) (took time.Duration) {
	t.Helper()
	began := time.Now()
	got, failed := c.Fetch(t.Context(), "key", time.Hour, func(context.Context) ([]byte, error) {
		time.Sleep(takes)
		return []byte(load), err
	})
	if string(got) != want && err == nil || !errors.Is(failed, err) {
		t.Errorf("got %q, %v, want %q", got, failed, want)
	}
	return time.Since(began)
}

func TestOneOfTheProcessesLoads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		one, other := s.process(t), s.process(t)
		go fetch(t, one, "theirs", "theirs", 900*time.Millisecond, nil)
		synctest.Wait()
		if took := fetch(t, other, "theirs", "ours", 0, nil); took < 900*time.Millisecond || took > time.Second {
			t.Errorf("it waited for %v", took)
		}
		if loads := one.Stats().Loads.Load() + other.Stats().Loads.Load(); loads != 1 {
			t.Errorf("%d loads", loads)
		}
	})
}

// TestWhoLoadsDies shows that a claim is waited for once, and for a second; and that a
// value is kept again when it has ended.
func TestWhoLoadsDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		one, other := s.process(t), s.process(t)
		go fetch(t, one, "late", "late", time.Minute, nil)
		synctest.Wait()
		if took := fetch(t, other, "own", "own", 0, nil); took < time.Second || took > 1100*time.Millisecond {
			t.Errorf("it waited for %v", took)
		}
		time.Sleep(5 * time.Second)
		if took := fetch(t, other, "again", "again", 0, nil); took != 0 {
			t.Errorf("it waited again, for %v", took)
		}
		time.Sleep(25 * time.Second)
		fetch(t, other, "kept", "kept", 0, nil)
		time.Sleep(time.Minute) // what was to be loaded is, and too late
		fetch(t, one, "kept", "", 0, nil)
	})
}

// TestLoadFails shows that another process loads at once what one could not.
func TestLoadFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		one, other := s.process(t), s.process(t)
		fetch(t, one, "", "", 0, errors.New("broken"))
		if took := fetch(t, other, "ours", "ours", 0, nil); took != 0 {
			t.Errorf("it waited for %v", took)
		}
	})
}

// TestServerIsAway shows that nothing is waited for then.
func TestServerIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.fail(kit.Errorf(kit.Unavailable, "away"))
		if took := fetch(t, s.process(t), "ours", "ours", 0, nil); took != 0 {
			t.Errorf("it waited for %v", took)
		}
	})
}

// TestChangedElsewhere shows that what another process has changed while a value was
// loaded, for the first time or anew, is not replaced by what was read before; unless the
// server cannot compare.
func TestChangedElsewhere(t *testing.T) {
	for _, plain := range []bool{false, true} {
		for _, anew := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				s.plain = plain
				one, other := s.process(t), s.process(t)
				if anew {
					fetch(t, one, "first", "first", 0, nil)
					time.Sleep(50 * time.Minute)
				}
				var loaded atomic.Bool
				_, err := one.Fetch(t.Context(), "key", time.Hour, func(context.Context) ([]byte, error) {
					assert.NoError(t, other.Delete(t.Context(), "key"))
					loaded.Store(true)
					return []byte("old"), nil
				})
				assert.NoError(t, err)
				synctest.Wait()
				if _, kept := other.Get(t.Context(), "key"); kept != plain || !loaded.Load() {
					t.Errorf("anew %v: kept %v, loaded %v", anew, kept, loaded.Load())
				}
			})
		}
	}
}

// TestForeignValue shows that what is not of a cache, or has expired, does not keep a value
// from being loaded and kept.
func TestForeignValue(t *testing.T) {
	s := newServer()
	s.values["key"] = []byte("foreign")
	c := s.process(t)
	fetch(t, c, "first", "first", 0, nil)
	fetch(t, c, "first", "second", 0, nil)
	cache.Age(s.values["key"], 2*time.Hour)
	fetch(t, c, "third", "third", 0, nil)
	fetch(t, c, "third", "fourth", 0, nil)
}
