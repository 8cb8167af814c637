package cachetest_test

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/cachetest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/brokentest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
	"github.com/outgrowkit/outgrow/templates/kit/memorycache"
)

// breakages are ways to break a promise, each with the test that must fail.
var breakages = map[string]brokentest.Breakage[cache.Driver]{
	"ends values at a zero":          {Subtest: "ValuesAreKept", Break: changing(func(v []byte) []byte { v, _, _ = bytes.Cut(v, []byte{0}); return append([]byte{}, v...) })},
	"makes up values":                {Subtest: "AbsentIsNil", Break: func(d cache.Driver) cache.Driver { return inventive{d} }},
	"keeps the first value":          {Subtest: "SetReplaces", Break: func(d cache.Driver) cache.Driver { return stubborn{d} }},
	"deletes the first key alone":    {Subtest: "DeleteRemoves", Break: func(d cache.Driver) cache.Driver { return partial{d} }},
	"does not tell cases apart":      {Subtest: "KeysAreAnyText", Break: keyed(strings.ToLower)},
	"cuts keys":                      {Subtest: "KeysAreAnyText", Break: keyed(func(k string) string { return k[:min(len(k), 250)] })},
	"cuts values":                    {Subtest: "LargeValues", Break: changing(func(v []byte) []byte { return v[:min(len(v), 1_000_000)] })},
	"keeps short lives for ever":     {Subtest: "ValuesExpire", Break: lasting(func(ttl time.Duration) time.Duration { return max(ttl, time.Hour) })},
	"takes long lives for times":     {Subtest: "LongLives", Break: func(d cache.Driver) cache.Driver { return epochal{d} }},
	"confuses its callers":           {Subtest: "Concurrent", Break: func(d cache.Driver) cache.Driver { return confusing{d} }},
	"is never there":                 {Subtest: "Answers", Break: func(d cache.Driver) cache.Driver { _ = d.Close(); return d }},
	"serves when it is closed":       {Subtest: "ClosedIsUnavailable", Break: func(d cache.Driver) cache.Driver { return endless{d} }},
	"forgets where a space ends":     {Subtest: "CachesOverIt", Break: keyed(func(k string) string { return k[strings.IndexByte(k, ':')+1:] })},
	"lets everybody add":             {Subtest: "Shared/OneAdds", Break: shareds(func(s cache.Shared) cache.Shared { return generous{s} })},
	"replaces anything":              {Subtest: "Shared/ReplaceCompares", Break: shareds(func(s cache.Shared) cache.Shared { return careless{s} })},
	"has others load as well":        {Subtest: "Shared/OneLoads", Break: shareds(func(s cache.Shared) cache.Shared { return blind{generous{s}} })},
	"keeps what has changed":         {Subtest: "Shared/ChangedMeanwhile", Break: shareds(func(s cache.Shared) cache.Shared { return careless{s} })},
	"keeps changes for itself":       {Subtest: "Shared/OthersSeeChanges", Break: shareds(func(s cache.Shared) cache.Shared { return private{s} })},
	"has one space for all":          {Subtest: "Shared/ProjectsDoNotMeet", Break: shareds(roomy)},
	"repairs what is not of a cache": {Subtest: "NothingOfAnothersKept", Break: func(d cache.Driver) cache.Driver { return repairing{d} }},
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) { brokentest.Finds(t, breakages) }

// TestBroken is run by the test above.
func TestBroken(t *testing.T) {
	broken := brokentest.Chosen(t, breakages)
	drivertest.Patience(t, time.Second)
	cachetest.Run(t, func(t *testing.T) cache.Driver {
		d, err := memorycache.New(memorycache.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return broken(d)
	})
	t.Run("Shared", func(t *testing.T) {
		shared(t, func(s cache.Shared) cache.Shared { return broken(s).(cache.Shared) })
	})
}

// shared tests a toy of which the function makes another one.
func shared(t *testing.T, changed func(cache.Shared) cache.Shared) {
	cachetest.Shared(t, func() string { return startToy(t) }, func(t *testing.T, addr, prefix string) cache.Shared {
		return changed(openToy(t, addr, prefix))
	})
}

// shareds breaks a cache.Shared.
func shareds(change func(cache.Shared) cache.Shared) func(cache.Driver) cache.Driver {
	return func(d cache.Driver) cache.Driver { return change(d.(cache.Shared)) }
}

// generous says to everybody that they were first.
type generous struct{ cache.Shared }

func (d generous) Add(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	return true, d.Set(ctx, key, value, ttl)
}

// blind sees nothing but values.
type blind struct{ cache.Shared }

func (d blind) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := d.Shared.Get(ctx, key)
	if _, ok := cache.Left(value); !ok {
		value = nil
	}
	return value, err
}

// careless does not look at what there is.
type careless struct{ cache.Shared }

func (d careless) Replace(ctx context.Context, key string, _, value []byte, ttl time.Duration) (bool, error) {
	return true, d.Set(ctx, key, value, ttl)
}

// private has keys of its own in each process.
type private struct{ cache.Shared }

func (d private) Get(ctx context.Context, key string) ([]byte, error) {
	return d.Shared.Get(ctx, strconv.Itoa(os.Getpid())+key)
}

func (d private) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return d.Shared.Set(ctx, strconv.Itoa(os.Getpid())+key, value, ttl)
}

// roomy forgets the prefix.
func roomy(s cache.Shared) cache.Shared {
	toy := s.(toyCache)
	toy.prefix = ""
	return toy
}

// translating changes what is stored.
type translating struct {
	cache.Driver
	key   func(string) string
	value func([]byte) []byte
	ttl   func(time.Duration) time.Duration
}

func keyed(key func(string) string) func(cache.Driver) cache.Driver {
	return func(d cache.Driver) cache.Driver {
		return translating{d, key, func(v []byte) []byte { return v }, func(ttl time.Duration) time.Duration { return ttl }}
	}
}

func changing(value func([]byte) []byte) func(cache.Driver) cache.Driver {
	return func(d cache.Driver) cache.Driver {
		return translating{d, func(k string) string { return k }, value, func(ttl time.Duration) time.Duration { return ttl }}
	}
}

func lasting(ttl func(time.Duration) time.Duration) func(cache.Driver) cache.Driver {
	return func(d cache.Driver) cache.Driver {
		return translating{d, func(k string) string { return k }, func(v []byte) []byte { return v }, ttl}
	}
}

func (d translating) Get(ctx context.Context, key string) ([]byte, error) {
	return d.Driver.Get(ctx, d.key(key))
}

func (d translating) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return d.Driver.Set(ctx, d.key(key), d.value(value), d.ttl(ttl))
}

type inventive struct{ cache.Driver }

func (d inventive) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := d.Driver.Get(ctx, key)
	if value == nil {
		value = []byte{}
	}
	return value, err
}

type stubborn struct{ cache.Driver }

func (d stubborn) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if old, _ := d.Get(ctx, key); old != nil {
		return nil
	}
	return d.Driver.Set(ctx, key, value, ttl)
}

type partial struct{ cache.Driver }

func (d partial) Delete(ctx context.Context, keys ...string) error {
	return d.Driver.Delete(ctx, keys[:min(len(keys), 1)]...)
}

// confusing answers with what anybody has set meanwhile.
type confusing struct{ cache.Driver }

func (d confusing) Get(ctx context.Context, _ string) ([]byte, error) {
	time.Sleep(time.Millisecond)
	return d.Driver.Get(ctx, "one")
}

func (d confusing) Set(ctx context.Context, _ string, value []byte, ttl time.Duration) error {
	return d.Driver.Set(ctx, "one", value, ttl)
}

// epochal takes a ttl of more than 30 days for a time since 1970, which has passed.
type epochal struct{ cache.Driver }

func (d epochal) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if ttl > 30*24*time.Hour {
		return d.Delete(ctx, key)
	}
	return d.Driver.Set(ctx, key, value, ttl)
}

type endless struct{ cache.Driver }

func (endless) Close() error { return nil }

// repairing makes something of anything.
type repairing struct{ cache.Driver }

func (d repairing) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := d.Driver.Get(ctx, key)
	if _, ok := cache.Left(value); value != nil && !ok {
		value = append([]byte("\x01\x00\x00\x02\xff\xff\xff\xff\xff\x00\x00\x00\x00"), value...)
	}
	return value, err
}
