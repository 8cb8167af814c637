package app

import "go.uber.org/fx"

// Module is what the service consists of besides what is derived. It is yours:
// add subscribers, and whatever else fx should construct.
func Module() fx.Option {
	return fx.Options()
}
