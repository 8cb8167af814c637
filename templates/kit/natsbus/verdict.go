package natsbus

import (
	"bytes"
	"encoding/json"

	"github.com/nats-io/nats.go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// The beginning of an answer that confirms a message, if it has no error. To
// unmarshal each answer would cost as much as to send the message.
var confirmation, failure = []byte(`{"stream":"`), []byte(`"error"`)

// verdict returns nil if an answer confirms that the server has the message.
func verdict(m *nats.Msg) error {
	if bytes.HasPrefix(m.Data, confirmation) && !bytes.Contains(m.Data, failure) {
		return nil
	}
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		return kit.Errorf(kit.Unavailable, "no NATS server has the stream at the moment")
	}
	var answer struct {
		Stream string `json:"stream"`
		Error  *struct {
			Description string `json:"description"`
		} `json:"error"`
	}
	switch err := json.Unmarshal(m.Data, &answer); {
	case err != nil:
		return kit.Wrap(kit.Unavailable, err, "NATS did not answer with a confirmation")
	case answer.Error != nil:
		return kit.Errorf(kit.Unavailable, "NATS did not take the message: %s", answer.Error.Description)
	case answer.Stream == "":
		return kit.Errorf(kit.Unavailable, "NATS did not answer with a confirmation")
	}
	return nil
}
