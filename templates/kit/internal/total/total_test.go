package total_test

import (
	"math"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/total"
)

func TestSum(t *testing.T) {
	for _, c := range []struct {
		numbers []int64
		want    int64
		code    kit.Code
	}{
		{nil, 0, ""},
		{[]int64{-1}, -1, ""},
		{[]int64{math.MaxInt64}, math.MaxInt64, ""},
		{[]int64{math.MinInt64}, math.MinInt64, ""},
		{[]int64{math.MaxInt64, 1, -5}, math.MaxInt64 - 4, ""},
		{[]int64{math.MinInt64, -1, 1}, math.MinInt64, ""},
		{[]int64{math.MinInt64, math.MaxInt64, math.MaxInt64}, math.MaxInt64 - 1, ""},
		{[]int64{math.MaxInt64, 1}, 0, kit.Internal},
		{[]int64{math.MinInt64, -1}, 0, kit.Internal},
		{[]int64{math.MinInt64, math.MinInt64}, 0, kit.Internal},
	} {
		var s total.Sum
		for _, n := range c.numbers {
			s = s.Plus(n)
		}
		if got, err := s.Int64(); got != c.want || kit.CodeOf(err) != c.code {
			t.Errorf("the sum of %d is %d, %v, want %d, %s", c.numbers, got, err, c.want, c.code)
		}
	}
}
