package activemqbus

import (
	"strings"
	"testing"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestMessageIsUnchanged shows that a message is read as it was sent, and that the name
// of a queue has no character that the broker reads as something else.
func TestMessageIsUnchanged(t *testing.T) {
	sent := kit.Message{
		ID: kit.NewUUID(), Topic: "order.created?a=b,c", Key: "ключ \x00\xff/ 1", Group: "g",
		Time: time.Now().UTC(), Payload: []byte{0, 1},
	}
	got, err := decode(encode(sent))
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != sent.ID || got.Topic != sent.Topic || got.Key != sent.Key || got.Group != sent.Group ||
		!got.Time.Equal(sent.Time) || string(got.Payload) != string(sent.Payload) {
		t.Errorf("read %+v, sent %+v", got, sent)
	}
	if later := names("shop").later("g", 7, sent.Topic); strings.ContainsAny(later, "?,") || !strings.HasPrefix(later, "queue://shop.later.g.07.order.created") {
		t.Errorf("its queue for later is %s", later)
	}
}

// TestMessageOfAnother shows that what is no message of a bus is told apart.
func TestMessageOfAnother(t *testing.T) {
	for name, change := range map[string]func(*amqp.Message){
		"no properties": func(m *amqp.Message) { m.ApplicationProperties = nil },
		"no topic":      func(m *amqp.Message) { delete(m.ApplicationProperties, propertyTopic) },
		"another ID":    func(m *amqp.Message) { m.ApplicationProperties[propertyID] = "1" },
		"another time":  func(m *amqp.Message) { m.ApplicationProperties[propertyTime] = int64(1) },
	} {
		m := encode(kit.Message{ID: kit.NewUUID(), Topic: "t"})
		change(m)
		if got, err := decode(m); err == nil {
			t.Errorf("%s: read %+v", name, got)
		}
	}
}
