package run

import (
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Module is what the service consists of besides what is derived. It is yours:
// add subscribers, and whatever else fx should construct.
func Module() fx.Option {
	return fx.Options()
}

// BusNeed is what the service needs of its bus beyond what every bus can. It does
// not start with one that cannot.
func BusNeed() kit.BusCapability { return kit.BusCapability{} }
