package jsoncodec

import (
	"github.com/outgrowkit/outgrow/templates/kit"
)

// UnknownEvent returns the error for an event of a type that the codec does not
// know.
func UnknownEvent(e kit.Event) error {
	return kit.Errorf(kit.Invalid, "unknown event type %T", e)
}

// UnknownTopic returns the error for a topic that the codec does not know.
func UnknownTopic(topic string) error {
	return kit.Errorf(kit.Invalid, "unknown event topic %q", topic)
}

// AsEvent returns an event that was read, or Invalid if err says that its payload
// could not be read.
func AsEvent[E kit.Event](e E, err error) (kit.Event, error) {
	if err != nil {
		return nil, kit.Wrap(kit.Invalid, err, "invalid payload for topic "+e.Topic())
	}
	return e, nil
}
