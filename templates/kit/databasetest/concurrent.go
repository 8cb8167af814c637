package databasetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// beginsWhenUsed makes a change beside a transaction that waits for something else first.
func beginsWhenUsed(t *testing.T, k kitUnderTest) {
	assert.NoError(t, k.Within(t.Context(), func(ctx context.Context) error {
		if err := k.put(t.Context(), "beside"); err != nil {
			return err
		}
		return k.Within(ctx, func(ctx context.Context) error {
			if !k.has(t, ctx, "beside") {
				t.Error("the transaction does not see what was committed before it began")
			}
			return k.put(ctx, "inside")
		})
	}))
	k.wantKeys(t, map[string]bool{"beside": true, "inside": true})
}

// readsConcurrently reads different values in one transaction, many at a time.
func readsConcurrently(t *testing.T, k kitUnderTest) {
	const goroutines, each = 8, 50
	assert.NoError(t, k.Within(t.Context(), func(ctx context.Context) error {
		for n := range goroutines {
			if err := k.Remember(ctx, fmt.Sprint(n), kit.Reply{Status: 200 + n}, time.Now()); err != nil {
				return err
			}
		}
		assert.Concurrently(goroutines, func(n int) {
			for range each {
				r, err := k.Recall(ctx, fmt.Sprint(n))
				if err != nil || r.Status != 200+n {
					t.Errorf("%d: got status %d and error %v", n, r.Status, err)
				}
			}
		})
		return nil
	}))
}

// changesConcurrently nests transactions in one, many at a time, every third of which
// fails after its change.
func changesConcurrently(t *testing.T, k kitUnderTest) {
	const goroutines, each = 6, 20
	var unexpected atomic.Value
	assert.NoError(t, k.Within(t.Context(), func(ctx context.Context) error {
		assert.Concurrently(goroutines, func(n int) {
			for i := range each {
				err := k.Within(ctx, func(ctx context.Context) error {
					if err := k.put(ctx, fmt.Sprint(n, i)); err != nil {
						return err
					}
					if n%3 == 0 {
						return errRefused
					}
					return nil
				})
				if (err != nil) != (n%3 == 0) {
					unexpected.Store(fmt.Sprintf("%d: %v", n, err))
				}
			}
		})
		return nil
	}))
	if text := unexpected.Load(); text != nil {
		t.Error(text)
	}
	want := map[string]bool{}
	for n := range goroutines {
		for i := range each {
			want[fmt.Sprint(n, i)] = n%3 != 0
		}
	}
	k.wantKeys(t, want)
}
