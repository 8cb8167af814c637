package jsoncodec

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// testEvent stands for an event of a project.
type testEvent struct{ everyKind }

func (testEvent) Topic() string { return "test" }
func (testEvent) Key() string   { return "" }

func readTestEvent(payload []byte) (testEvent, error) {
	v, err := readEveryKind(payload)
	return testEvent{v}, err
}

func TestKeptEvent(t *testing.T) {
	want := sampleOfEveryKind()
	got, err := keptEvent(readTestEvent(appendEveryKind(nil, want)))
	if err != nil || got.(testEvent).ID != want.ID {
		t.Errorf("got %v and %v", got, err)
	}
	if _, err := keptEvent(readTestEvent([]byte(`{"small":"x"}`))); kit.CodeOf(err) != kit.Invalid {
		t.Errorf("got %v, want Invalid", err)
	}
}

func TestUnknownEvents(t *testing.T) {
	if _, err := (Events{}).Encode(testEvent{}); kit.CodeOf(err) != kit.Invalid {
		t.Errorf("encoded: %v", err)
	}
	if _, err := (Events{}).Decode("nothing of that name", nil); kit.CodeOf(err) != kit.Invalid {
		t.Errorf("decoded: %v", err)
	}
}
