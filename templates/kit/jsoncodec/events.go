package jsoncodec

import (
	"github.com/outgrowkit/outgrow/templates/kit"
)

var _ kit.EventCodec = Events{}

func unknownEvent(e kit.Event) error {
	return kit.Errorf(kit.Invalid, "there is no event such as %T", e)
}

func unknownTopic(topic string) error {
	return kit.Errorf(kit.Invalid, "there is no event of the topic %q", topic)
}

// keptEvent returns an event that was read, or why it could not be.
func keptEvent[E kit.Event](e E, err error) (kit.Event, error) {
	if err != nil {
		return nil, kit.Wrap(kit.Invalid, err, "the payload is none of the topic "+e.Topic())
	}
	return e, nil
}
