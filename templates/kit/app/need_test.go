package app

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
	"github.com/outgrowkit/outgrow/templates/kit/ports"
)

func TestNeeds(t *testing.T) {
	within := BusConfig{Adapter: "channels"}
	for _, needs := range []ports.BusCapability{{Durable: true}, {Connected: true}, {Durable: true, Connected: true}} {
		if err := checkNeeds(within, needs); domain.CodeOf(err) != domain.Invalid {
			t.Errorf("channels, where %+v is needed: %v, want invalid", needs, err)
		}
	}
	if err := checkNeeds(within, ports.BusCapability{}); err != nil {
		t.Errorf("channels, where nothing is needed: %v", err)
	}
}
