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

// TestSiblingsTakeTurns: of all that goroutines do in one transaction, one thing is done
// at a time, and what is nested as a whole.
func TestSiblingsTakeTurns(t *testing.T) {
	var inside int // a race, if two are inside at once
	s := scope.New(&inside, time.Minute)
	enter := func() error {
		inside++
		if inside != 1 {
			t.Errorf("%d are inside at once", inside)
		}
		inside--
		return nil
	}
	err := s.Run(func() error {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 100 {
					if err := errors.Join(s.Do(t.Context(), enter), s.Nest(t.Context(), func(inner *scope.Scope[*int]) error {
						return errors.Join(inner.Do(t.Context(), enter), inner.Do(t.Context(), enter))
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
		s := scope.New(0, time.Minute)
		began := time.Now()
		err := s.Nest(t.Context(), func(*scope.Scope[int]) error { return s.Do(t.Context(), nothing) }, nothing, keep)
		if kit.CodeOf(err) != kit.Unavailable || time.Since(began) != time.Minute {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err = s.Nest(t.Context(), func(*scope.Scope[int]) error { return s.Do(ctx, nothing) }, nothing, keep)
		if !errors.Is(err, context.DeadlineExceeded) || kit.CodeOf(err) != kit.Unavailable {
			t.Errorf("got %v", err)
		}
	})
}

func TestEndedScopeIsRefused(t *testing.T) {
	s := scope.New(0, time.Minute)
	var inner *scope.Scope[int]
	_ = s.Run(func() error {
		return s.Nest(t.Context(), func(nested *scope.Scope[int]) error { inner = nested; return nil }, nothing, keep)
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
		fn   func() error
		want bool
	}{
		"returned": {nothing, true},
		"failed":   {func() error { return errRefused }, false},
		"panicked": {func() error { panic(errRefused) }, false},
	} {
		var kept []bool
		func() {
			defer func() { _ = recover() }()
			_ = scope.New(0, time.Minute).Run(c.fn, func(keep bool) error { kept = append(kept, keep); return nil })
		}()
		if len(kept) != 1 || kept[0] != c.want {
			t.Errorf("%s: kept is %v, want %v", name, kept, c.want)
		}
	}
	if err := scope.New(0, time.Minute).Run(nothing, func(bool) error { return errRefused }); !errors.Is(err, errRefused) {
		t.Errorf("got %v, want why it could not be kept", err)
	}
}
