package run

import (
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// checkNeeds returns what the bus that is configured cannot do and the service
// needs; nil where it can do it all.
func checkNeeds(c BusConfig, needs kit.BusCapability) error {
	can := c.capability()
	var lacks []string
	if needs.Durable && !can.Durable {
		lacks = append(lacks, "keep messages itself")
	}
	if needs.Connected && !can.Connected {
		lacks = append(lacks, "reach other processes")
	}
	if len(lacks) == 0 {
		return nil
	}
	return blameOn("the bus ("+c.Adapter+")", "bus.adapter", kit.Errorf(kit.Invalid,
		"it cannot %s, which the service needs (BusNeed in app/module.go)", strings.Join(lacks, " and cannot ")))
}
