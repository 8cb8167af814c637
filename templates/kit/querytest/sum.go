package querytest

import (
	"context"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// addsUp tests the sum of numbers that are as large as can be: it is right, or Internal if it is
// too large. The numbers differ, since the field may be unique.
func addsUp[E any](t *testing.T, s fixture[E], q Query[E]) {
	for i, number := range []int64{math.MaxInt64, -5, math.MaxInt64 - 1} {
		e := s.Sample(i)
		for _, mix := range s.Mix {
			mix(&e, s.Sample(0))
		}
		q.Set(&e, number)
		assert.NoError(t, s.Insert(t.Context(), e))
		s.kept = append(s.kept, e)
		wantSum(t, s, q, slices.Repeat(s.kept[:1], q.Takes))
	}
}

// wantSum tests what a query returns. All that it finds has the same value, if it has numbers by
// values.
func wantSum[E any](t *testing.T, s fixture[E], q Query[E], like []E) {
	t.Helper()
	got, err := sumOf(t.Context(), s, q, like)
	want := new(big.Int)
	for _, e := range expected(s, q, like) {
		want.Add(want, big.NewInt(q.Number(e)))
	}
	if !want.IsInt64() {
		assert.Code(t, err, kit.Internal)
		return
	}
	assert.NoError(t, err)
	if got != want.Int64() {
		t.Errorf("got %d, want %d", got, want)
	}
}

// sumOf returns the sum of all that a query finds.
func sumOf[E any](ctx context.Context, s fixture[E], q Query[E], like []E) (sum int64, err error) {
	if q.Counts == nil {
		return q.Count(ctx, s.Keeper, like)
	}
	sums, err := q.Counts(ctx, s.Keeper, like)
	for _, n := range sums {
		sum += n
	}
	return sum, err
}
