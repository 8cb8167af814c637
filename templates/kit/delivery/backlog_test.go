package delivery

import (
	"slices"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestBacklog shows which events wait, and which are released with one that fails.
func TestBacklog(t *testing.T) {
	m := func(key string, n byte) kit.Message { return kit.Message{ID: kit.UUID{15: n}, Key: key} }
	b := backlog{inFlight: map[string]int{}}
	want := func(what string, got []kit.UUID, want ...byte) {
		t.Helper()
		var numbers []byte
		for _, id := range got {
			numbers = append(numbers, id[15])
		}
		if !slices.Equal(numbers, want) {
			t.Errorf("%s: %v, want %v", what, numbers, want)
		}
	}
	next := func() []kit.UUID { return idsOf(b.next()) }
	b.add([]kit.Message{m("a", 1), m("b", 2), m("a", 3)})
	want("published at first", next(), 1, 2, 3)
	b.add([]kit.Message{m("a", 4), m("c", 5), m("a", 6), m("b", 7)})
	want("published while a and b are in flight", next(), 5)
	b.landed(m("a", 0))
	want("published while another of a is in flight", next())
	b.landed(m("b", 0))
	want("published when b has landed", next(), 7)
	b.add([]kit.Message{m("a", 8), m("b", 9)})
	want("released with one of a that failed", idsOf(b.failed(m("a", 0))), 4, 6, 8)
	b.add([]kit.Message{m("a", 3), m("a", 4)})
	want("published again", next(), 3, 4)
	want("left", idsOf(b.waiting), 9)
}

// TestBacklogIsBoundedByBytes adds claims of large events, some of which fail.
func TestBacklogIsBoundedByBytes(t *testing.T) {
	b := backlog{inFlight: map[string]int{}}
	const size = 1 << 20
	claim := make([]kit.Message, kit.MaxPageBytes/size+1)
	for i := range claim {
		claim[i].Payload = make([]byte, size)
	}
	most := 0
	for range 3 {
		for !b.full() {
			b.add(claim)
			most = max(most, b.held)
		}
		for _, m := range b.next() {
			b.landed(m)
		}
		b.add(claim[:1])
		b.failed(b.next()[0])
		b.add(nil) // the outbox is empty
	}
	if most > maxHeld+kit.MaxPageBytes+size || b.held != 0 {
		t.Errorf("%d MiB were held at most, and %d bytes are held at last", most>>20, b.held)
	}
}
