package cache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/cache"
)

// toy is a driver of a map that can fail, and notes for how long values are kept.
type toy struct {
	mu     sync.Mutex
	values map[string][]byte
	ttls   []time.Duration
	err    error
}

func (d *toy) Get(_ context.Context, key string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return nil, d.err
	}
	return d.values[key], nil
}

func (d *toy) Set(_ context.Context, key string, value []byte, ttl time.Duration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.values[key], d.ttls = value, append(d.ttls, ttl)
	return d.err
}

func (d *toy) Delete(_ context.Context, keys ...string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, key := range keys {
		delete(d.values, key)
	}
	return d.err
}

func (d *toy) Ping(context.Context) error { return d.err }
func (d *toy) Close() error               { return nil }

func (d *toy) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

func open(t *testing.T) (*cache.Cache, *toy, *bytes.Buffer) {
	t.Helper()
	d, log := &toy{values: map[string][]byte{}}, new(bytes.Buffer)
	c := cache.New(cache.Config{MaxValue: 1000, Absent: time.Minute}, d, slog.New(slog.NewTextHandler(log, nil)))
	t.Cleanup(func() { _ = c.Close() })
	return c, d, log
}

func value(text string) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { return []byte(text), nil }
}

// TestOneLoad shows that concurrent callers share a load, whose context ends when all of
// theirs have.
func TestOneLoad(t *testing.T) {
	c, _, _ := open(t)
	var loads atomic.Int64
	began, ended := make(chan bool, 100), make(chan struct{})
	load := func(ctx context.Context) ([]byte, error) {
		loads.Add(1)
		began <- true
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	}
	var all sync.WaitGroup
	var cancels []context.CancelFunc
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		cancels = append(cancels, cancel)
		all.Go(func() {
			if _, err := c.Fetch(ctx, "key", time.Hour, load); kit.CodeOf(err) != kit.Unavailable || !errors.Is(err, context.Canceled) {
				t.Errorf("the error is %v", err)
			}
		})
	}
	<-began
	for c.Waiting("key") != 50 {
		time.Sleep(time.Millisecond)
	}
	for _, cancel := range cancels[:49] {
		cancel()
	}
	select {
	case <-ended:
		t.Error("the load ended while somebody waited")
	default:
	}
	cancels[49]()
	all.Wait()
	<-ended
	if n := loads.Load(); n != 1 {
		t.Errorf("%d loads", n)
	}
	if got, err := c.Fetch(t.Context(), "key", time.Hour, value("new")); string(got) != "new" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestLoadedAnew shows that a value is loaded in the last part of its ttl, while it is
// still returned.
func TestLoadedAnew(t *testing.T) {
	c, d, _ := open(t)
	c.Set(t.Context(), "key", []byte("old"), time.Hour)
	cache.Age(d.values["key"], 52*time.Minute)
	release := make(chan struct{})
	loaded := make(chan struct{})
	for range 3 {
		got, err := c.Fetch(t.Context(), "key", time.Hour, func(context.Context) ([]byte, error) {
			<-release
			close(loaded)
			return []byte("new"), nil
		})
		if string(got) != "old" || err != nil {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	close(release)
	<-loaded
	for {
		if got, _ := c.Get(t.Context(), "key"); string(got) == "new" {
			break
		}
		time.Sleep(time.Millisecond)
	}
	cache.Age(d.values["key"], time.Hour)
	if got, found := c.Get(t.Context(), "key"); found {
		t.Errorf("what has expired is %q", got)
	}
}

// TestAbsent shows that it is known for a short time that there is nothing, and that no
// other error is kept.
func TestAbsent(t *testing.T) {
	c, d, _ := open(t)
	fails := func(err error) func(context.Context) ([]byte, error) {
		return func(context.Context) ([]byte, error) { return nil, err }
	}
	for _, err := range []error{kit.Errorf(kit.NotFound, "no order 7"), errors.New("never asked")} {
		if _, got := c.Fetch(t.Context(), "none", time.Hour, fails(err)); kit.CodeOf(got) != kit.NotFound || got.Error() != "no order 7" {
			t.Errorf("got %v", got)
		}
	}
	if d.ttls[0] > time.Minute {
		t.Errorf("that there is nothing is kept for %v", d.ttls[0])
	}
	if _, found := c.Get(t.Context(), "none"); found {
		t.Error("Get found what is absent")
	}
	if err := c.Delete(t.Context(), "none"); err != nil {
		t.Error(err)
	}
	for _, code := range []kit.Code{kit.Unavailable, kit.Invalid} {
		if _, got := c.Fetch(t.Context(), "none", time.Hour, fails(kit.Errorf(code, "other"))); kit.CodeOf(got) != code {
			t.Errorf("got %v, want %s", got, code)
		}
	}
}

// TestDeleteOutdatesLoads shows that a load which began before a change keeps nothing.
func TestDeleteOutdatesLoads(t *testing.T) {
	for name, change := range map[string]func(*cache.Cache){
		"Delete": func(c *cache.Cache) { _ = c.Delete(context.Background(), "key") },
		"Set":    func(c *cache.Cache) { c.Set(context.Background(), "key", []byte("new"), time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			c, _, _ := open(t)
			got, err := c.Fetch(t.Context(), "key", time.Hour, func(context.Context) ([]byte, error) {
				change(c)
				return []byte("old"), nil
			})
			if string(got) != "old" || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
			if got, _ := c.Get(t.Context(), "key"); string(got) == "old" {
				t.Error("what was loaded before the change is kept")
			}
		})
	}
}

// TestChangeAfterTheLastCaller shows that a load which goes on after all of its callers have
// left keeps nothing that a change outdates.
func TestChangeAfterTheLastCaller(t *testing.T) {
	c, _, _ := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	if _, err := c.Fetch(ctx, "key", time.Hour, func(context.Context) ([]byte, error) {
		cancel()
		<-release
		return []byte("old"), nil
	}); kit.CodeOf(err) != kit.Unavailable {
		t.Fatalf("the error is %v", err)
	}
	if err := c.Delete(t.Context(), "key"); err != nil {
		t.Fatal(err)
	}
	close(release)
	_ = c.Close() // waits for the load
	if got, found := c.Get(t.Context(), "key"); found {
		t.Errorf("%q is kept, which was loaded before the change", got)
	}
}

// TestLivesAreSpread shows that values do not expire together, nor live too long.
func TestLivesAreSpread(t *testing.T) {
	c, d, _ := open(t)
	seen := map[time.Duration]bool{}
	for i := range 100 {
		c.Set(t.Context(), fmt.Sprint("key", i), nil, time.Hour)
	}
	for _, ttl := range d.ttls {
		seen[ttl] = true
		if ttl > time.Hour || ttl < 54*time.Minute {
			t.Errorf("a value is kept for %v", ttl)
		}
	}
	if len(seen) < 50 {
		t.Errorf("there are only %d lengths of lives", len(seen))
	}
}

// TestLimits shows that a value which is not kept takes the place of the one before.
func TestLimits(t *testing.T) {
	c, _, _ := open(t)
	for _, limit := range []struct {
		value []byte
		ttl   time.Duration
	}{{make([]byte, 1001), time.Hour}, {[]byte("a"), 0}, {[]byte("a"), -time.Hour}} {
		c.Set(t.Context(), "key", make([]byte, 1000), time.Hour)
		if got, found := c.Get(t.Context(), "key"); len(got) != 1000 || !found {
			t.Fatalf("got %d bytes, %v", len(got), found)
		}
		c.Set(t.Context(), "key", limit.value, limit.ttl)
		if got, found := c.Get(t.Context(), "key"); found {
			t.Errorf("%d bytes are kept", len(got))
		}
	}
}

// TestAway shows that a driver that fails is a miss, which is counted, and logged once.
func TestAway(t *testing.T) {
	c, d, log := open(t)
	c.Set(t.Context(), "key", []byte("value"), time.Hour)
	d.fail(kit.Errorf(kit.Unavailable, "it is away"))
	for range 10 {
		if got, err := c.Fetch(t.Context(), "other", time.Hour, value("loaded")); string(got) != "loaded" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		c.Set(t.Context(), "key", nil, time.Hour)
		if err := c.Delete(t.Context(), "key"); kit.CodeOf(err) != kit.Unavailable {
			t.Errorf("Delete: %v", err)
		}
	}
	if n := c.Stats().Errors.Load(); n != 40 {
		t.Errorf("%d errors", n)
	}
	if lines := strings.Count(log.String(), "\n"); lines != 1 || !strings.Contains(log.String(), "it is away") {
		t.Errorf("the log has %d lines:\n%s", lines, log)
	}
	d.fail(nil)
	if got, err := c.Fetch(t.Context(), "key", time.Hour, value("loaded")); string(got) != "loaded" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestPanicOfLoad shows that the caller gets it, and later callers a load of their own.
func TestPanicOfLoad(t *testing.T) {
	c, _, _ := open(t)
	func() {
		defer func() {
			if got, _ := recover().(string); !strings.HasPrefix(got, "broken\n") || !strings.Contains(got, "TestPanicOfLoad") {
				t.Errorf("recovered %q", got)
			}
		}()
		_, _ = c.Fetch(t.Context(), "key", time.Hour, func(context.Context) ([]byte, error) { panic("broken") })
	}()
	if got, err := c.Fetch(t.Context(), "key", time.Hour, value("new")); string(got) != "new" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestStats shows what is counted.
func TestStats(t *testing.T) {
	c, _, _ := open(t)
	for range 3 {
		_, _ = c.Space("orders", 1).Fetch(t.Context(), "key", time.Hour, func(context.Context) ([]byte, error) {
			time.Sleep(time.Millisecond)
			return nil, nil
		})
	}
	s := c.Stats()
	if hits, misses, loads := s.Hits.Load(), s.Misses.Load(), s.Loads.Load(); hits != 2 || misses != 1 || loads != 1 {
		t.Errorf("%d hits, %d misses, %d loads", hits, misses, loads)
	}
	if took := time.Duration(s.LoadTime.Load()); took < time.Millisecond {
		t.Errorf("the load took %v", took)
	}
}

// TestConfigIsChecked shows what is refused.
func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]cache.Config{
		"": {MaxValue: 1}, "MaxValue": {}, "Absent": {MaxValue: 1, Absent: -1},
	} {
		got := ""
		c.Check(func(field, _ string) { got += field })
		if got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
