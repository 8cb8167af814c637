package jsoncodec

import "github.com/outgrowkit/outgrow/templates/kit"

// AsEvent returns an event that was read, or Invalid if err says that its payload could
// not be read.
func AsEvent[E kit.Event](e E, err error) (kit.Event, error) {
	if err != nil {
		return nil, kit.Wrap(kit.Invalid, err, "invalid payload for topic "+e.Topic())
	}
	return e, nil
}
