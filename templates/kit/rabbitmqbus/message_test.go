package rabbitmqbus

import (
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestMessagesSurvive shows that a message is read as it was written, whatever is in its
// key, and that one of another bus is refused.
func TestMessagesSurvive(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	for _, m := range []kit.Message{
		{ID: kit.NewUUID(), Topic: "order.created", Key: "k", Time: now, Payload: []byte("{}")},
		{ID: kit.NewUUID(), Topic: "to.all", Key: "ключ\r\n\x00 /?\xff", Group: "mail", Time: now},
		{ID: kit.NewUUID(), Topic: "m", Time: now},
		{ID: kit.NewUUID(), Topic: "m", Key: strings.Repeat("k", 100_000), Time: now},
	} {
		sent := encode(m)
		got, err := decode(amqp.Delivery{MessageId: sent.MessageId, Type: sent.Type, Headers: sent.Headers, Body: sent.Body})
		if err != nil || got.ID != m.ID || got.Topic != m.Topic || got.Key != m.Key || got.Group != m.Group || !got.Time.Equal(m.Time) || string(got.Payload) != string(m.Payload) {
			t.Errorf("%.200v was read as %.200v, %v", m, got, err)
		}
	}
	id := kit.NewUUID().String()
	for _, d := range []amqp.Delivery{
		{}, {MessageId: id}, {MessageId: id, Type: "a"}, {MessageId: "1", Type: "a", Headers: amqp.Table{headerTime: int64(1)}},
	} {
		if _, err := decode(d); err == nil {
			t.Errorf("%+v was read", d)
		}
	}
}
