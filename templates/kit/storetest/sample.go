package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// SampleUUID returns the ith of different UUIDs, in no order.
func SampleUUID(i int) kit.UUID {
	return kit.UUID{0: byte(i * 7), 6: 0x70, 8: 0x80, 14: byte(i >> 8), 15: byte(i)}
}

// SampleTime returns the ith of different times.
func SampleTime(i int) time.Time {
	return time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC).Add(time.Duration(i) * time.Minute)
}

// SampleText returns the ith of different texts for a field, some with the last of all characters.
func SampleText(field string, i int) string {
	return fmt.Sprint(field, []string{" ", " \U0010FFFF"}[i%5/4], i)
}

// Value returns what a pointer points to, or the zero value.
func Value[T any](p *T) T {
	if p == nil {
		p = new(T)
	}
	return *p
}

// Pointers returns what a store lists as pointers.
func Pointers[E any](listing kit.Listing[E], err error) (kit.Listing[*E], error) {
	pointers := kit.Listing[*E]{Next: listing.Next}
	for i := range listing.Items {
		pointers.Items = append(pointers.Items, &listing.Items[i])
	}
	return pointers, err
}

// Event is the event that the suites emit.
type Event struct {
	About string // its key
	Text  string
}

// Topic returns the topic of all of them.
func (Event) Topic() string { return "storetest.event" }

// Key returns what the event is about.
func (e Event) Key() string { return e.About }

// Codec knows Event, and no other type of event.
type Codec struct{}

// Encode writes an event as JSON.
func (Codec) Encode(e kit.Event) ([]byte, error) {
	if _, ok := e.(Event); !ok {
		return nil, kit.Errorf(kit.Invalid, "unknown event %T", e)
	}
	return json.Marshal(e)
}

// Decode reads an event that Encode wrote.
func (Codec) Decode(topic string, payload []byte) (kit.Event, error) {
	if topic != (Event{}).Topic() {
		return nil, kit.Errorf(kit.Invalid, "unknown topic %s", topic)
	}
	var l Event
	err := json.Unmarshal(payload, &l)
	return l, err
}

// UnknownEvent is an event that the codec does not know.
type UnknownEvent struct{}

// Topic returns a topic that the codec does not know.
func (UnknownEvent) Topic() string { return "storetest.unknown" }

// Key returns a key.
func (UnknownEvent) Key() string { return "unknown" }

// WantTopics fails the test unless events of these topics, in this order, wait in the
// outbox. It claims them.
func WantTopics(t *testing.T, outbox Outbox, want ...string) {
	t.Helper()
	messages, err := outbox.Claim(t.Context(), 100, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range messages {
		got = append(got, m.Topic)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the outbox holds %q, want %q", got, want)
	}
}
