package databasetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// Transactor tests what kit.Transactor promises.
func Transactor(t *testing.T, open Open) {
	runKit(t, open, []kitTest{
		{"commits", commitsChanges},
		{"rolls back and returns the error", rollsBack},
		{"rolls back and passes a panic on", rollsBackPanics},
		{"undoes only what is nested", undoesNested},
		{"undoes what is nested with the rest", undoesOuter},
		{"goes on after a nested panic", undoesNestedPanic},
		{"goes on after a failed change", survivesFailure},
		{"is seen by no other until it commits", isolatesChanges},
		{"runs one after another", serializesChanges},
		{"keeps what it has read as it was until it ends", keepsWhatWasRead},
		{"does not begin with an ended context", refusesEnded},
		{"stops with its context", stopsWithContext},
		{"cannot be used after its end", refusesUseAfterEnd},
		{"keeps nobody waiting before it is used", beginsWhenUsed},
		{"gives each of its goroutines what it asked for", readsConcurrently},
		{"keeps what its goroutines have done, and undoes what failed", changesConcurrently},
	})
}

func commitsChanges(t *testing.T, k kitUnderTest) {
	assert.NoError(t, k.Within(t.Context(), func(ctx context.Context) error {
		if err := k.put(ctx, "a"); err != nil {
			return err
		}
		return k.Within(ctx, func(ctx context.Context) error { return k.put(ctx, "b") })
	}))
	k.wantKeys(t, map[string]bool{"a": true, "b": true})
}

func rollsBack(t *testing.T, k kitUnderTest) {
	err := k.Within(t.Context(), func(ctx context.Context) error {
		assert.NoError(t, k.put(ctx, "a"))
		return errRefused
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("got %v, want the error of the function", err)
	}
	k.wantKeys(t, map[string]bool{"a": false})
	assert.NoError(t, k.put(t.Context(), "a"))
}

func rollsBackPanics(t *testing.T, k kitUnderTest) {
	const value = "what the function panicked with"
	panicked := func() (recovered any) {
		defer func() { recovered = recover() }()
		_ = k.Within(t.Context(), func(ctx context.Context) error {
			assert.NoError(t, k.put(ctx, "a"))
			panic(value)
		})
		return nil
	}()
	if panicked != value {
		t.Errorf("the panic arrived as %v", panicked)
	}
	k.wantKeys(t, map[string]bool{"a": false})
	assert.NoError(t, k.put(t.Context(), "b"))
}

func undoesNested(t *testing.T, k kitUnderTest) {
	assert.NoError(t, k.Within(t.Context(), func(ctx context.Context) error {
		assert.NoError(t, k.put(ctx, "before"))
		err := k.Within(ctx, func(ctx context.Context) error {
			assert.NoError(t, k.put(ctx, "inner"))
			assert.NoError(t, k.Within(ctx, func(ctx context.Context) error { return k.put(ctx, "innermost") }))
			k.emit(t, ctx, "x", "undone")
			return errRefused
		})
		if !errors.Is(err, errRefused) {
			t.Errorf("got %v, want the error of the function", err)
		}
		if k.has(t, ctx, "inner") || k.has(t, ctx, "innermost") {
			t.Error("what was undone is still seen")
		}
		k.emit(t, ctx, "x", "kept")
		return k.put(ctx, "after")
	}))
	k.wantKeys(t, map[string]bool{"before": true, "inner": false, "innermost": false, "after": true})
	k.wantClaim(t, "kept")
}

func undoesOuter(t *testing.T, k kitUnderTest) {
	err := k.Within(t.Context(), func(ctx context.Context) error {
		assert.NoError(t, k.Within(ctx, func(ctx context.Context) error { return k.put(ctx, "inner") }))
		return errRefused
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("got %v, want the error of the function", err)
	}
	k.wantKeys(t, map[string]bool{"inner": false})
}

func undoesNestedPanic(t *testing.T, k kitUnderTest) {
	assert.NoError(t, k.Within(t.Context(), func(ctx context.Context) error {
		func() {
			defer func() { _ = recover() }()
			_ = k.Within(ctx, func(ctx context.Context) error {
				assert.NoError(t, k.put(ctx, "inner"))
				panic(errRefused)
			})
		}()
		return k.put(ctx, "outer")
	}))
	k.wantKeys(t, map[string]bool{"inner": false, "outer": true})
}

func survivesFailure(t *testing.T, k kitUnderTest) {
	assert.NoError(t, k.put(t.Context(), "taken"))
	assert.NoError(t, k.Within(t.Context(), func(ctx context.Context) error {
		assert.NoError(t, k.put(ctx, "before"))
		assert.Code(t, k.put(ctx, "taken"), kit.AlreadyExists)
		return k.put(ctx, "after")
	}))
	k.wantKeys(t, map[string]bool{"before": true, "after": true})
}

func isolatesChanges(t *testing.T, k kitUnderTest) {
	assert.NoError(t, k.Within(t.Context(), func(ctx context.Context) error {
		assert.NoError(t, k.put(ctx, "a"))
		if !k.has(t, ctx, "a") {
			t.Error("the transaction does not see its own change")
		}
		if k.has(t, t.Context(), "a") {
			t.Error("others see what is not committed")
		}
		return nil
	}))
	k.wantKeys(t, map[string]bool{"a": true})
}

// serializesChanges reads and then writes what follows from it, many at a time: if two
// saw the same, one of them would fail.
func serializesChanges(t *testing.T, k kitUnderTest) {
	const goroutines, each = 8, 10
	assert.Concurrently(goroutines, func(int) {
		for range each {
			if err := k.Within(t.Context(), func(ctx context.Context) error { return putNext(ctx, k) }); err != nil {
				t.Error(err)
			}
		}
	})
	k.wantKeys(t, map[string]bool{"1": true, strconv.Itoa(goroutines * each): true})
}

func putNext(ctx context.Context, k kitUnderTest) error {
	for n := 1; ; n++ {
		_, err := k.Recall(ctx, strconv.Itoa(n))
		switch kit.CodeOf(err) {
		case "":
		case kit.NotFound:
			return k.put(ctx, strconv.Itoa(n))
		default:
			return err
		}
	}
}

// keepsWhatWasRead has two transactions at the same time that each look for what the other
// one keeps, and find nothing of it: one of them may go on.
func keepsWhatWasRead(t *testing.T, k kitUnderTest) {
	for round := range 20 {
		keys := []string{fmt.Sprint("order ", round), fmt.Sprint("deletion ", round)}
		assert.Concurrently(2, func(i int) {
			err := k.Within(t.Context(), func(ctx context.Context) error {
				if _, err := k.Recall(ctx, keys[1-i]); kit.CodeOf(err) != kit.NotFound {
					return err
				}
				return k.put(ctx, keys[i])
			})
			if err != nil {
				t.Error(err)
			}
		})
		if order, deletion := k.has(t, t.Context(), keys[0]), k.has(t, t.Context(), keys[1]); order == deletion {
			t.Errorf("in round %d: one was kept is %v, the other %v; want one of them", round, order, deletion)
		}
	}
}

func refusesEnded(t *testing.T, k kitUnderTest) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := k.Within(ctx, func(context.Context) error {
		t.Error("the function was run")
		return nil
	})
	assert.Ended(t, err)
	assert.Ended(t, k.put(ctx, "a"))
	_, err = k.Recall(ctx, "a")
	assert.Ended(t, err)
}

func stopsWithContext(t *testing.T, k kitUnderTest) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := k.Within(ctx, func(ctx context.Context) error {
		assert.NoError(t, k.put(ctx, "a"))
		cancel()
		return k.put(ctx, "b")
	})
	assert.Ended(t, err)
	k.wantKeys(t, map[string]bool{"a": false, "b": false})
	assert.NoError(t, k.put(t.Context(), "c"))
}

func refusesUseAfterEnd(t *testing.T, k kitUnderTest) {
	var kept context.Context
	assert.NoError(t, k.Within(t.Context(), func(ctx context.Context) error {
		kept = ctx
		return nil
	}))
	assert.Code(t, k.put(kept, "a"), kit.Internal)
	assert.Code(t, k.Within(kept, func(context.Context) error { return nil }), kit.Internal)
	k.wantKeys(t, map[string]bool{"a": false})
}
