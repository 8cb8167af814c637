package jsoncodec

import "github.com/outgrowkit/outgrow/templates/kit"

// AsEvent returns the result of decoding an event; Invalid if that failed with err.
func AsEvent(e kit.Event, err error) (kit.Event, error) {
	if err != nil {
		return nil, kit.Wrap(kit.Invalid, err, "invalid payload for topic "+e.Topic())
	}
	return e, nil
}
