//go:build !race

package jsoncodec

import "testing"

func TestAllocations(t *testing.T) {
	v := sampleOfEveryKind()
	v.Weights, v.ByShade = nil, nil // the keys of maps are sorted
	room := make([]byte, 0, 2048)
	if n := testing.AllocsPerRun(100, func() { appendEveryKind(room, v) }); n > 3 { // the duration, and the address twice
		t.Errorf("%v allocations to write", n)
	}
	piece := []byte(`{"quantity":12,"note":null}`)
	// The reader, its decoder and what that grows.
	if n := testing.AllocsPerRun(100, func() { _, _ = Decode(piece, "piece", parseTestPiece) }); n > 12 {
		t.Errorf("%v allocations to read two members", n)
	}
}
