// Package cachetest is what every cache must keep: Run for a driver, Shared for one whose
// values other processes see, and Faults for one whose server fails.
package cachetest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
)

// largest is the size of a value that every cache keeps, with what a Cache stores before
// it.
const largest = 1_000_013

// Run tests a driver. open returns one whose keys no other test has; it may hold at least
// 8 MiB. Run closes it.
func Run(t *testing.T, open func(t *testing.T) cache.Driver) {
	for name, test := range map[string]func(*testing.T, cache.Driver){
		"ValuesAreKept":         valuesAreKept,
		"AbsentIsNil":           absentIsNil,
		"SetReplaces":           setReplaces,
		"DeleteRemoves":         deleteRemoves,
		"KeysAreAnyText":        keysAreAnyText,
		"LargeValues":           largeValues,
		"ValuesExpire":          valuesExpire,
		"LongLives":             longLives,
		"Concurrent":            concurrent,
		"Answers":               answers,
		"ClosedIsUnavailable":   closedIsUnavailable,
		"CachesOverIt":          cachesOverIt,
		"NothingOfAnothersKept": nothingOfAnothersKept,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			t.Cleanup(func() { _ = d.Close() })
			test(t, d)
		})
	}
}

// Prefix returns one that no other test has.
func Prefix() string { return fmt.Sprintf("test%d", rand.Uint64()) }

func set(t *testing.T, d cache.Driver, key, value string, ttl time.Duration) {
	t.Helper()
	assert.NoError(t, d.Set(t.Context(), key, []byte(value), ttl))
}

func get(t *testing.T, d cache.Driver, key string) string {
	t.Helper()
	value, err := d.Get(t.Context(), key)
	assert.NoError(t, err)
	return string(value)
}

func holds(t *testing.T, d cache.Driver, key, want string) {
	t.Helper()
	if got := get(t, d, key); got != want {
		t.Errorf("%.40q has %.40q, want %.40q", key, got, want)
	}
}

func valuesAreKept(t *testing.T, d cache.Driver) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for i, value := range []string{"a", "two\r\nlines\r\nEND\r\n", string(every), "\x00", strings.Repeat("x", 10_000)} {
		key := fmt.Sprint("kept", i)
		set(t, d, key, value, time.Hour)
		holds(t, d, key, value)
	}
}

func absentIsNil(t *testing.T, d cache.Driver) {
	if value, err := d.Get(t.Context(), "nothing"); value != nil || err != nil {
		t.Errorf("got %q, %v", value, err)
	}
}

func setReplaces(t *testing.T, d cache.Driver) {
	for i := range 100 {
		set(t, d, "one", fmt.Sprint(i), time.Hour)
		holds(t, d, "one", fmt.Sprint(i))
	}
}

func deleteRemoves(t *testing.T, d cache.Driver) {
	for _, key := range []string{"a", "b", "c"} {
		set(t, d, key, key, time.Hour)
	}
	assert.NoError(t, d.Delete(t.Context(), "a", "nothing", "b"))
	holds(t, d, "a", "")
	holds(t, d, "b", "")
	holds(t, d, "c", "c")
	assert.NoError(t, d.Delete(t.Context()))
	set(t, d, "a", "again", time.Hour)
	holds(t, d, "a", "again")
}

func keysAreAnyText(t *testing.T, d cache.Driver) {
	long := strings.Repeat("long", 2500)
	keys := []string{
		"", " ", "a b", "a\r\nb", "ab", "AB", "ü", "\x00", "\xff", "#", "a:b", "a*", long, long + "er", long + "es",
	}
	for _, key := range keys {
		set(t, d, key, "value of "+key, time.Hour)
	}
	for _, key := range keys {
		holds(t, d, key, "value of "+key)
	}
}

func largeValues(t *testing.T, d cache.Driver) {
	value := bytes.Repeat([]byte("0123456789abc"), largest/13)
	set(t, d, "large", string(value), time.Hour)
	holds(t, d, "large", string(value))
}

// valuesExpire uses a Cache: a driver may keep values longer.
func valuesExpire(t *testing.T, d cache.Driver) {
	c := Over(t, d)
	c.Set(t.Context(), "later", []byte("b"), time.Hour)
	drivertest.Eventually(t, "the value is kept", func() bool {
		c.Set(t.Context(), "soon", []byte("a"), 500*time.Millisecond)
		_, found := c.Get(t.Context(), "soon")
		return found
	})
	drivertest.Eventually(t, "the value has expired", func() bool {
		_, found := c.Get(t.Context(), "soon")
		return !found
	})
	if _, found := c.Get(t.Context(), "later"); !found {
		t.Error("the other one has expired")
	}
	set(t, d, "short", "c", time.Millisecond) // it is not forever
	drivertest.Eventually(t, "the driver has removed what has expired", func() bool { return get(t, d, "short") == "" })
}

func longLives(t *testing.T, d cache.Driver) {
	for _, days := range []int{29, 30, 31, 365, 3650} {
		key := fmt.Sprint(days, "days")
		set(t, d, key, key, time.Duration(days)*24*time.Hour)
		holds(t, d, key, key)
	}
}

func concurrent(t *testing.T, d cache.Driver) {
	const many = 16
	errs := make(chan error, many)
	assert.Concurrently(many, func(i int) {
		errs <- func() error {
			for n := range 50 {
				key, value := fmt.Sprint("of", i), fmt.Sprint(i, "/", n)
				if err := d.Set(t.Context(), key, []byte(value), time.Hour); err != nil {
					return err
				}
				if got, err := d.Get(t.Context(), key); err != nil || string(got) != value {
					return fmt.Errorf("%s has %q, want %q: %w", key, got, value, err)
				}
			}
			return nil
		}()
	})
	for range many {
		assert.NoError(t, <-errs)
	}
}

func answers(t *testing.T, d cache.Driver) { assert.NoError(t, d.Ping(t.Context())) }

func closedIsUnavailable(t *testing.T, d cache.Driver) {
	set(t, d, "a", "a", time.Hour)
	assert.NoError(t, d.Close())
	_, err := d.Get(t.Context(), "a")
	assert.Code(t, err, kit.Unavailable)
	assert.Code(t, d.Set(t.Context(), "a", []byte("b"), time.Hour), kit.Unavailable)
	assert.Code(t, d.Delete(t.Context(), "a"), kit.Unavailable)
	assert.NoError(t, d.Close())
}

// cachesOverIt has a Cache use the driver for everything that it stores.
func cachesOverIt(t *testing.T, d cache.Driver) {
	c := Over(t, d)
	loads := 0
	load := func(err error) func(context.Context) ([]byte, error) {
		return func(context.Context) ([]byte, error) {
			loads++
			return []byte{}, err
		}
	}
	for range 3 {
		if value, err := c.Fetch(t.Context(), "empty", time.Hour, load(nil)); len(value) != 0 || err != nil {
			t.Errorf("got %q, %v", value, err)
		}
		_, err := c.Fetch(t.Context(), "none", time.Hour, load(kit.Errorf(kit.NotFound, "there is no order 7")))
		if assert.Code(t, err, kit.NotFound); err.Error() != "there is no order 7" {
			t.Errorf("the error is %v", err)
		}
	}
	if loads != 2 {
		t.Errorf("loaded %d times, want 2", loads)
	}
	c.Space("a", 1).Set(t.Context(), "key", []byte("1"), time.Hour)
	for _, other := range []kit.Cache{c, c.Space("a", 2), c.Space("b", 1)} {
		if value, found := other.Get(t.Context(), "key"); found {
			t.Errorf("another space has %q", value)
		}
	}
	if value, found := c.Space("a", 1).Get(t.Context(), "key"); string(value) != "1" || !found {
		t.Errorf("the space has %q, %v", value, found)
	}
}

// nothingOfAnothersKept shows that what is not stored by a Cache is a miss for one.
func nothingOfAnothersKept(t *testing.T, d cache.Driver) {
	c := Over(t, d)
	for _, value := range []string{"x", "not of a cache, and long enough", "\x01\xff\xff"} {
		set(t, d, "foreign", value, time.Hour)
		if got, found := c.Get(t.Context(), "foreign"); found {
			t.Errorf("%q is the value %q", value, got)
		}
	}
}
