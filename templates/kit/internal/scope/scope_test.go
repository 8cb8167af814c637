package scope_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/scope"
)

var errRefused = errors.New("refused")

func keep(bool) error { return nil }

func nothing() error { return nil }

func done(context.Context) error { return nil }

type key struct{}

// TestSiblingsTakeTurns: of all that goroutines do in one transaction, one thing is done
// at a time, and what is nested as a whole.
func TestSiblingsTakeTurns(t *testing.T) {
	var inside int // a race, if two are inside at once
	s := scope.New(key{}, &inside, time.Minute)
	enter := func() error {
		inside++
		if inside != 1 {
			t.Errorf("%d are inside at once", inside)
		}
		inside--
		return nil
	}
	err := s.Run(t.Context(), func(ctx context.Context) error {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 100 {
					if err := errors.Join(s.Do(ctx, enter), s.Nest(ctx, func(ctx context.Context) error {
						inner := scope.Of[*int](ctx, key{})
						return errors.Join(inner.Do(ctx, enter), inner.Do(ctx, enter))
					}, nothing, keep)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		return nil
	}, keep)
	if err != nil {
		t.Error(err)
	}
}

// TestWaitEnds where it would last for ever: for a statement in the transaction around the
// one that is under way, in the same goroutine.
func TestWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(key{}, 0, time.Minute)
		began := time.Now()
		err := s.Nest(t.Context(), func(context.Context) error { return s.Do(t.Context(), nothing) }, nothing, keep)
		if kit.CodeOf(err) != kit.Unavailable || time.Since(began) != time.Minute {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err = s.Nest(t.Context(), func(context.Context) error { return s.Do(ctx, nothing) }, nothing, keep)
		if !errors.Is(err, context.DeadlineExceeded) || kit.CodeOf(err) != kit.Unavailable {
			t.Errorf("got %v", err)
		}
	})
}

func TestEndedScopeIsRefused(t *testing.T) {
	s := scope.New(key{}, 0, time.Minute)
	var inner *scope.Scope[int]
	_ = s.Run(t.Context(), func(ctx context.Context) error {
		return s.Nest(ctx, func(ctx context.Context) error { inner = scope.Of[int](ctx, key{}); return nil }, nothing, keep)
	}, keep)
	for _, s := range []*scope.Scope[int]{s, inner} {
		if err := s.Do(t.Context(), nothing); kit.CodeOf(err) != kit.Internal {
			t.Errorf("got %v", err)
		}
	}
}

// TestRunSaysWhetherToKeep what was done.
func TestRunSaysWhetherToKeep(t *testing.T) {
	for name, c := range map[string]struct {
		fn   func(context.Context) error
		want bool
	}{
		"returned": {done, true},
		"failed":   {func(context.Context) error { return errRefused }, false},
		"panicked": {func(context.Context) error { panic(errRefused) }, false},
	} {
		var kept []bool
		func() {
			defer func() { _ = recover() }()
			_ = scope.New(key{}, 0, time.Minute).Run(t.Context(), c.fn, func(keep bool) error { kept = append(kept, keep); return nil })
		}()
		if len(kept) != 1 || kept[0] != c.want {
			t.Errorf("%s: kept is %v, want %v", name, kept, c.want)
		}
	}
	if err := scope.New(key{}, 0, time.Minute).Run(t.Context(), done, func(bool) error { return errRefused }); !errors.Is(err, errRefused) {
		t.Errorf("got %v, want why it could not be kept", err)
	}
}
