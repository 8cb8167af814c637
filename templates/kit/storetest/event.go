package storetest

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

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
