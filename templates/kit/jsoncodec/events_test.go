package jsoncodec

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// testEvent stands for an event of a project, and testEvents for its codec, in the
// form in which it is derived.
type testEvent struct{ everyKind }

func (testEvent) Topic() string { return "test" }
func (testEvent) Key() string   { return "" }

func readTestEvent(payload []byte) (testEvent, error) {
	v, err := readEveryKind(payload)
	return testEvent{v}, err
}

type testEvents struct{}

func (testEvents) Encode(e kit.Event) ([]byte, error) {
	if e, ok := e.(testEvent); ok {
		return appendEveryKind(nil, e.everyKind), nil
	}
	return nil, kit.Errorf(kit.Invalid, "unknown event type %T", e)
}

func (testEvents) Decode(topic string, payload []byte) (kit.Event, error) {
	if topic == "test" {
		return AsEvent(readTestEvent(payload))
	}
	return nil, kit.Errorf(kit.Invalid, "unknown event topic %q", topic)
}

type strangeEvent struct{ kit.Event }

func TestEvents(t *testing.T) {
	var codec kit.EventCodec = testEvents{}
	want := testEvent{sampleOfEveryKind()}
	payload, err := codec.Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := codec.Decode("test", payload)
	if err != nil || got.(testEvent).ID != want.ID {
		t.Errorf("got %v and %v", got, err)
	}
	if _, err := codec.Decode("test", []byte(`{"small":"x"}`)); kit.CodeOf(err) != kit.Invalid {
		t.Errorf("decoded a wrong payload: %v, want Invalid", err)
	}
	if _, err := codec.Encode(strangeEvent{}); kit.CodeOf(err) != kit.Invalid {
		t.Errorf("encoded an unknown event: %v, want Invalid", err)
	}
	if _, err := codec.Decode("unknown", nil); kit.CodeOf(err) != kit.Invalid {
		t.Errorf("decoded an unknown topic: %v, want Invalid", err)
	}
}
