package run

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

func TestNeeds(t *testing.T) {
	within := BusConfig{Adapter: "channels"}
	for _, needs := range []kit.BusCapability{{Durable: true}, {Connected: true}, {Durable: true, Connected: true}} {
		if err := checkNeeds(within, needs); kit.CodeOf(err) != kit.Invalid {
			t.Errorf("channels, where %+v is needed: %v, want invalid", needs, err)
		}
	}
	if err := checkNeeds(within, kit.BusCapability{}); err != nil {
		t.Errorf("channels, where nothing is needed: %v", err)
	}
}
