package querytest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// Number is a method that returns numbers for a field of new entities.
type Number[E any] struct {
	Name string
	Next func(ctx context.Context, k storetest.Keeper[E]) (int64, error)
	Set  func(e *E, number int64) // gives an entity a number
}

// numbers tests a method that returns numbers, each time with an empty store.
func numbers[E any](t *testing.T, open func(t *testing.T) fixture[E], n Number[E]) {
	t.Run(n.Name, func(t *testing.T) { rises(t, open(t), n) })
	t.Run(n.Name+" in transactions", func(t *testing.T) { risesInTransactions(t, open(t), n) })
	t.Run(n.Name+" after what is gone", func(t *testing.T) { returnsNoneAgain(t, open(t), n) })
	t.Run(n.Name+" at the same time", func(t *testing.T) { returnsEachOnce(t, open(t), n) })
}

// taken takes a number, which must be greater than another.
func taken[E any](t *testing.T, ctx context.Context, s fixture[E], n Number[E], last int64) int64 {
	t.Helper()
	number, err := n.Next(ctx, s.Keeper)
	assert.NoError(t, err)
	if number <= last {
		t.Errorf("%d comes after %d", number, last)
	}
	return number
}

func rises[E any](t *testing.T, s fixture[E], n Number[E]) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := n.Next(ctx, s.Keeper)
	assert.Ended(t, err)
	last := taken(t, t.Context(), s, n, 0)
	if last != 1 {
		t.Errorf("the first number is %d", last)
	}
	for range 100 {
		last = taken(t, t.Context(), s, n, last)
	}
}

// errUndone is what a function returns to have its transaction rolled back.
var errUndone = errors.New("undone by the test")

// risesInTransactions takes numbers in transactions, and in others that are undone: theirs may be
// lost, or returned again.
func risesInTransactions[E any](t *testing.T, s fixture[E], n Number[E]) {
	last := int64(0)
	undone := func(ctx context.Context) {
		if err := s.Tx.Within(ctx, func(ctx context.Context) error {
			taken(t, ctx, s, n, last)
			return errUndone
		}); !errors.Is(err, errUndone) {
			t.Errorf("got %v, want the error of the function", err)
		}
	}
	for range 10 {
		assert.NoError(t, s.Tx.Within(t.Context(), func(ctx context.Context) error {
			for range 3 {
				last = taken(t, ctx, s, n, last)
			}
			undone(ctx)
			last = taken(t, ctx, s, n, last)
			return nil
		}))
		undone(t.Context())
	}
}

// returnsNoneAgain removes the entity with the greatest number.
func returnsNoneAgain[E any](t *testing.T, s fixture[E], n Number[E]) {
	last := int64(0)
	for i := range 3 {
		last = taken(t, t.Context(), s, n, last)
		e := s.Sample(i)
		n.Set(&e, last)
		assert.NoError(t, s.Insert(t.Context(), e))
		if s.Delete != nil {
			assert.NoError(t, s.Delete(t.Context(), e))
		}
	}
}

// returnsEachOnce inserts an entity with each number that is taken at the same time.
func returnsEachOnce[E any](t *testing.T, s fixture[E], n Number[E]) {
	const members, each = 16, 8
	var mu sync.Mutex
	var all []int64
	assert.Concurrently(members, func(m int) {
		for i := range each {
			number, err := n.Next(t.Context(), s.Keeper)
			e := s.Sample(m*each + i)
			n.Set(&e, number)
			if err == nil {
				err = s.Insert(t.Context(), e)
			}
			if err != nil {
				t.Errorf("%d: %v", number, err)
			}
			mu.Lock()
			all = append(all, number)
			mu.Unlock()
		}
	})
	slices.Sort(all)
	if different := len(slices.Compact(slices.Clone(all))); different != members*each {
		t.Errorf("%d of %d numbers differ: %d", different, members*each, all)
	}
}
