package jsonwire

import (
	"github.com/outgrowkit/outgrow/templates/kit/domain"
	"github.com/outgrowkit/outgrow/templates/kit/ports"
)

var _ ports.EventCodec = Events{}

func unknownEvent(e domain.Event) error {
	return domain.Errorf(domain.Invalid, "there is no event such as %T", e)
}

func unknownTopic(topic string) error {
	return domain.Errorf(domain.Invalid, "there is no event of the topic %q", topic)
}

// keptEvent returns an event that was read, or why it could not be.
func keptEvent[E domain.Event](e E, err error) (domain.Event, error) {
	if err != nil {
		return nil, domain.Wrap(domain.Invalid, err, "the payload is none of the topic "+e.Topic())
	}
	return e, nil
}
