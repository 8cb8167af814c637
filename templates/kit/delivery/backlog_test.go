package delivery

import (
	"slices"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestBacklog goes through what may come between a claim and its end.
func TestBacklog(t *testing.T) {
	m := func(key string, n byte) kit.Message { return kit.Message{ID: kit.UUID{15: n}, Key: key} }
	numbers := func(ids []kit.UUID) (n []byte) {
		for _, id := range ids {
			n = append(n, id[15])
		}
		return n
	}
	b := newBacklog()
	want := func(what string, got []kit.UUID, want ...byte) {
		t.Helper()
		if !slices.Equal(numbers(got), want) {
			t.Errorf("%s: %v, want %v", what, numbers(got), want)
		}
	}
	next := func() (ids []kit.UUID) {
		for _, m := range b.next() {
			ids = append(ids, m.ID)
		}
		return ids
	}
	b.claiming()
	want("given back at first", b.add([]kit.Message{m("a", 1), m("b", 2), m("a", 3)}))
	want("published at first", next(), 1, 2, 3)
	want("given back", b.add([]kit.Message{m("a", 4), m("c", 5), m("a", 6)}))
	want("published while a is on its way", next(), 5)
	want("given back with one that was taken", b.settled("a", true))
	want("published while another of a is on its way", next())
	b.claiming()
	want("given back with one that was not taken", b.settled("a", false), 4, 6)
	want("claimed before it was given back", b.add([]kit.Message{m("a", 7), m("b", 8)}), 7)
	b.claiming()
	want("claimed while it is given back", b.add([]kit.Message{m("a", 7)}), 7)
	b.claiming()
	b.released("a")
	want("claimed while it was given back", b.add([]kit.Message{m("a", 7)}), 7)
	b.claiming()
	want("claimed with it", b.add([]kit.Message{m("a", 3), m("a", 4)}))
	want("published again", next(), 3, 4)
	want("left", b.drain(), 8)
	if !b.isEmpty() {
		t.Error("something is left")
	}
}
