package lockstest_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/internal/brokentest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
	"github.com/outgrowkit/outgrow/templates/kit/lockstest"
	"github.com/outgrowkit/outgrow/templates/kit/processlocks"
)

// breakages are ways to break a promise, each with the test that must fail.
var breakages = map[string]brokentest.Breakage[locks.Driver]{
	"gives it to everybody":    {Subtest: "OneOwner", Break: func(d locks.Driver) locks.Driver { return generous{d} }},
	"gives it to all callers":  {Subtest: "Exclusion", Break: func(d locks.Driver) locks.Driver { return generous{d} }},
	"gives it to who tries":    {Subtest: "Try", Break: func(d locks.Driver) locks.Driver { return generous{d} }},
	"does not count":           {Subtest: "TokensRise", Break: func(d locks.Driver) locks.Driver { return &counting{Driver: d} }},
	"counts anew":              {Subtest: "TokensOutliveClients", Break: func(d locks.Driver) locks.Driver { return &counting{Driver: d, step: 1} }},
	"releases for anybody":     {Subtest: "OnlyTheOwnerReleases", Break: func(d locks.Driver) locks.Driver { return careless{d} }},
	"renews for anybody":       {Subtest: "OnlyTheOwnerRenews", Break: func(d locks.Driver) locks.Driver { return careless{d} }},
	"gives it for ever":        {Subtest: "LeasesEnd", Break: lasting(func(time.Duration) time.Duration { return time.Hour })},
	"gives it for a moment":    {Subtest: "LeasesEnd", Break: lasting(func(d time.Duration) time.Duration { return d / 50 })},
	"does not renew":           {Subtest: "RenewalKeeps", Break: func(d locks.Driver) locks.Driver { return idle{d} }},
	"does not tell cases":      {Subtest: "NamesAreApart", Break: named(strings.ToLower)},
	"cuts names":               {Subtest: "NamesAreApart", Break: named(func(n string) string { return n[:min(len(n), 200)] })},
	"waits for ever":           {Subtest: "WaitEnds", Break: func(d locks.Driver) locks.Driver { return patient{d} }},
	"is never there":           {Subtest: "Answers", Break: func(d locks.Driver) locks.Driver { _ = d.Close(); return d }},
	"serves when it is closed": {Subtest: "ClosedIsUnavailable", Break: func(d locks.Driver) locks.Driver { return endless{d} }},
	"does not release":         {Subtest: "WaitersGetIt", Break: func(d locks.Driver) locks.Driver { return greedy{d} }},
	"ends leases early":        {Subtest: "FrozenHolder", Break: lasting(func(d time.Duration) time.Duration { return d / 4 })},
	"elects once":              {Subtest: "Leaders", Break: lasting(func(time.Duration) time.Duration { return time.Hour })},
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) { brokentest.Finds(t, breakages) }

// TestBroken is run by the test above.
func TestBroken(t *testing.T) {
	broken := brokentest.Chosen(t, breakages)
	drivertest.Patience(t, 5*time.Second)
	path := t.TempDir()
	lockstest.Run(t, func(t *testing.T) locks.Driver {
		d, err := processlocks.New(processlocks.Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		return broken(d)
	})
}

// generous gives what another one has as well.
type generous struct{ locks.Driver }

func (d generous) Acquire(ctx context.Context, name, owner string, lease time.Duration) (int64, error) {
	token, err := d.Driver.Acquire(ctx, name, owner, lease)
	if token == 0 {
		token = time.Now().UnixMicro()
	}
	return token, err
}

// counting has tokens of its own.
type counting struct {
	locks.Driver
	last, step int64
}

var began = time.Now().UnixMicro()

func (d *counting) Acquire(ctx context.Context, name, owner string, lease time.Duration) (int64, error) {
	token, err := d.Driver.Acquire(ctx, name, owner, lease)
	if token != 0 {
		d.last += d.step
		token = began + d.last
	}
	return token, err
}

// careless does not look who asks.
type careless struct{ locks.Driver }

var owners sync.Map // by name

func (d careless) Acquire(ctx context.Context, name, owner string, lease time.Duration) (int64, error) {
	token, err := d.Driver.Acquire(ctx, name, owner, lease)
	if token != 0 {
		owners.Store(name, owner)
	}
	return token, err
}

func (careless) owner(name string) string {
	owner, _ := owners.Load(name)
	text, _ := owner.(string)
	return text
}

func (d careless) Renew(ctx context.Context, name, _ string, lease time.Duration) (bool, error) {
	return d.Driver.Renew(ctx, name, d.owner(name), lease)
}

func (d careless) Release(ctx context.Context, name, _ string) error {
	return d.Driver.Release(ctx, name, d.owner(name))
}

// changing changes what is asked for.
type changing struct {
	locks.Driver
	name  func(string) string
	lease func(time.Duration) time.Duration
}

func named(name func(string) string) func(locks.Driver) locks.Driver {
	return func(d locks.Driver) locks.Driver {
		return changing{d, name, func(lease time.Duration) time.Duration { return lease }}
	}
}

func lasting(lease func(time.Duration) time.Duration) func(locks.Driver) locks.Driver {
	return func(d locks.Driver) locks.Driver {
		return changing{d, func(name string) string { return name }, lease}
	}
}

func (d changing) Acquire(ctx context.Context, name, owner string, lease time.Duration) (int64, error) {
	return d.Driver.Acquire(ctx, d.name(name), owner, d.lease(lease))
}

func (d changing) Renew(ctx context.Context, name, owner string, lease time.Duration) (bool, error) {
	return d.Driver.Renew(ctx, d.name(name), owner, d.lease(lease))
}

func (d changing) Release(ctx context.Context, name, owner string) error {
	return d.Driver.Release(ctx, d.name(name), owner)
}

type idle struct{ locks.Driver }

func (idle) Renew(context.Context, string, string, time.Duration) (bool, error) { return true, nil }

type patient struct{ locks.Driver }

func (patient) Wait(context.Context, string) { select {} }

type endless struct{ locks.Driver }

func (endless) Close() error { return nil }

type greedy struct{ locks.Driver }

func (d greedy) Acquire(ctx context.Context, name, owner string, _ time.Duration) (int64, error) {
	return d.Driver.Acquire(ctx, name, owner, time.Hour)
}

func (greedy) Release(context.Context, string, string) error { return nil }
