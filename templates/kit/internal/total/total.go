// Package total adds up numbers of 64 bits.
package total

import (
	"math"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Sum is a sum of numbers. It adds up their halves, of 32 bits each: so no part of the sum is
// too large where the whole is not, whichever numbers are added first.
type Sum struct{ High, Low int64 }

// Plus returns the sum with another number.
func (s Sum) Plus(n int64) Sum { return Sum{s.High + n>>32, s.Low + n&math.MaxUint32} }

// Int64 returns the sum; Internal if no int64 can have it.
func (s Sum) Int64() (int64, error) {
	high := s.High + s.Low>>32
	if high != int64(int32(high)) {
		return 0, kit.Errorf(kit.Internal, "the sum does not fit into 64 bits")
	}
	return high<<32 | s.Low&math.MaxUint32, nil
}
