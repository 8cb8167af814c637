package natsbus

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestMessagesSurvive shows that a message is read as it was written, whatever is in
// its key, and that one of another bus is refused.
func TestMessagesSurvive(t *testing.T) {
	s := subjects("events")
	now := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	for _, m := range []kit.Message{
		{ID: kit.NewUUID(), Topic: "order.created", Key: "k", Time: now, Payload: []byte("{}")},
		{ID: kit.NewUUID(), Topic: "to.all", Key: "ключ\r\n /?", Group: "mail", Time: now},
		{ID: kit.NewUUID(), Topic: "m", Time: now},
	} {
		sent := s.encode(m, 3)
		got, err := s.decode(sent.Subject, sent.Header, sent.Data)
		if err != nil || got.ID != m.ID || got.Topic != m.Topic || got.Key != m.Key || got.Group != m.Group || !got.Time.Equal(m.Time) || string(got.Payload) != string(m.Payload) {
			t.Errorf("%+v was read as %+v, %v", m, got, err)
		}
	}
	for _, subject := range []string{"events.group.g.at.3", "events.m.3.for.mail.order.created", ""} {
		if _, err := s.decode(subject, nats.Header{}, nil); err == nil {
			t.Errorf("a message of %q was read", subject)
		}
	}
}
