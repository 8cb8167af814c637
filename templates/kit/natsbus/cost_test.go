//go:build !race

package natsbus

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestAllocations guards what a message costs beside the client: to encode and to
// read it. The race detector allocates too, and
// is left out.
func TestAllocations(t *testing.T) {
	s := subjects("events")
	m := kit.Message{ID: kit.NewUUID(), Topic: "order.created", Key: "0198c0f2-7d6e", Time: time.Now(), Payload: []byte("{}")}
	sent := s.encode(m, 3)
	for _, c := range []struct {
		name  string
		limit float64
		run   func() error
	}{
		{"encode", 8, func() error { s.encode(m, 3); return nil }},
		{"decode", 0, func() error { _, err := s.decode(sent.Subject, sent.Header, sent.Data); return err }},
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
