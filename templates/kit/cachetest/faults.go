package cachetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
)

// slow is how long a call may take while the server fails: its timeout, with room for a
// busy machine.
const slow = 5 * time.Second

// Faults shows that a cache whose server fails is a miss, within its deadline, and
// recovers alone. d is of the server, which nobody else uses.
func Faults(t *testing.T, server drivertest.Server, d cache.Driver) {
	c := Over(t, d)
	for _, fault := range []struct {
		name       string
		begin, end func()
	}{
		{"killed", server.Kill, server.Start},
		{"frozen", server.Freeze, server.Thaw},
		{"emptied", func() { server.Kill(); server.Start() }, func() {}},
	} {
		t.Run(fault.name, func(t *testing.T) {
			Works(t, c)
			fault.begin()
			Misses(t, c)
			fault.end()
			Works(t, c)
		})
	}
}

// Works waits until the cache keeps values.
func Works(t *testing.T, c *cache.Cache) {
	t.Helper()
	drivertest.Eventually(t, "the cache keeps values", func() bool {
		c.Set(t.Context(), "works", []byte("yes"), time.Hour)
		_, found := c.Get(t.Context(), "works")
		return found && c.Ping(t.Context()) == nil && c.Delete(t.Context(), "works") == nil
	})
}

// Misses uses the cache from many goroutines while its server fails: whoever fetches a
// value gets it, in time.
func Misses(t *testing.T, c *cache.Cache) {
	t.Helper()
	var mu sync.Mutex
	longest := time.Duration(0)
	assert.Concurrently(64, func(i int) {
		for n := range 20 {
			want, began := fmt.Sprint(i, "/", n), time.Now()
			value, err := c.Fetch(t.Context(), "fault/"+want, time.Hour, func(context.Context) ([]byte, error) { return []byte(want), nil })
			mu.Lock()
			longest = max(longest, time.Since(began))
			mu.Unlock()
			if string(value) != want || err != nil {
				t.Errorf("got %q, %v", value, err)
			}
			_ = c.Delete(t.Context(), want)
		}
	})
	if longest > slow {
		t.Errorf("a fetch took %v", longest)
	}
	t.Logf("the longest fetch took %v", longest)
}

// Full fills a server that takes no more when it is full: what it has is still served, and
// nobody gets an error.
func Full(t *testing.T, d cache.Driver) {
	c := Over(t, d)
	c.Set(t.Context(), "before", []byte("kept"), time.Hour)
	value := make([]byte, 100_000)
	for i := 0; c.Stats().Errors.Load() == 0; i++ {
		if i == 10_000 {
			t.Fatal("the server is never full")
		}
		c.Set(t.Context(), fmt.Sprint("filling", i), value, time.Hour)
	}
	for i := range 10 {
		got, err := c.Fetch(t.Context(), fmt.Sprint("more", i), time.Hour, func(context.Context) ([]byte, error) { return value, nil })
		if len(got) != len(value) || err != nil {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
	}
	if got, found := c.Get(t.Context(), "before"); string(got) != "kept" || !found {
		t.Errorf("got %q, %v", got, found)
	}
}

// CutOff shows the same of a network that carries nothing any more, and of connections
// that end, on the way to the server at an address.
func CutOff(t *testing.T, addr string, open func(addr string) cache.Driver) {
	way := brokertest.NewProxy(t, "tcp://"+addr)
	c := Over(t, open(strings.TrimPrefix(way.URL, "tcp://")))
	Works(t, c)
	way.Frozen.Store(true)
	Misses(t, c)
	way.Cut()
	Misses(t, c)
	way.Frozen.Store(false)
	Works(t, c)
	way.Cut()
	Works(t, c)
}

// Late shows that a server which is away at the start is used once it is there.
func Late(t *testing.T, server drivertest.Server, open func() cache.Driver) {
	server.Kill()
	c := Over(t, open())
	Misses(t, c)
	server.Start()
	Works(t, c)
}
