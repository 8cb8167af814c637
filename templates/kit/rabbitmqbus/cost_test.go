//go:build !race

package rabbitmqbus

import (
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestAllocations guards what a message costs beside the client: to encode and to read
// it, and to name where it goes. The race detector allocates too, and is left out.
func TestAllocations(t *testing.T) {
	m := kit.Message{ID: kit.NewUUID(), Topic: "order.created", Key: "0198c0f2-7d6e", Time: time.Now(), Payload: []byte("{}")}
	sent := encode(m)
	d := amqp.Delivery{MessageId: sent.MessageId, Type: sent.Type, Headers: sent.Headers, Body: sent.Body}
	for _, c := range []struct {
		name  string
		limit float64
		run   func() error
	}{
		{"encode", 5, func() error { encode(m); return nil }},
		{"decode", 0, func() error { _, err := decode(d); return err }},
		{"route", 3, func() error { route(m, 3); return nil }},
	} {
		got := testing.AllocsPerRun(200, func() {
			if err := c.run(); err != nil {
				t.Fatal(err)
			}
		})
		if got > c.limit {
			t.Errorf("%s: %v allocations, want at most %v", c.name, got, c.limit)
		}
	}
}
