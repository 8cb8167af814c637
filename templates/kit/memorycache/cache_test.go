package memorycache_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/cachetest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
	"github.com/outgrowkit/outgrow/templates/kit/memorycache"
)

func open(t testing.TB, c memorycache.Config) *memorycache.Cache {
	t.Helper()
	m, err := memorycache.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func TestCache(t *testing.T) {
	cachetest.Run(t, func(t *testing.T) cache.Driver { return open(t, memorycache.Config{}) })
}

// TestItIsBounded shows that no more is held than is allowed, and of that a good part.
func TestItIsBounded(t *testing.T) {
	const most = 4 << 20
	m := open(t, memorycache.Config{MaxBytes: most})
	for i := range 10_000 {
		if err := m.Set(t.Context(), fmt.Sprint("key", i), make([]byte, 10_000), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	drivertest.Eventually(t, "no more is held than is allowed", func() bool { return m.Size() <= most })
	if m.Size() < most/2 {
		t.Errorf("it holds only %d bytes", m.Size())
	}
}

func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]memorycache.Config{
		"": {}, "MaxBytes": {MaxBytes: 1000},
	} {
		got := ""
		c.Check(func(field, _ string) { got += field })
		if got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
