package app

import (
	"context"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit/adapters/channels"
	"github.com/outgrowkit/outgrow/templates/kit/ports"
)

// channelsModule is the bus within the process.
func channelsModule(c channels.Config) fx.Option {
	return fx.Provide(
		func(life fx.Lifecycle) ports.Bus {
			bus := channels.New(c)
			life.Append(fx.StopHook(bus.Close))
			return bus
		},
		fx.Annotate(func(bus ports.Bus) readinessCheck { return readinessCheck{"bus", bus.Ping} },
			fx.ResultTags(`group:"dependency"`)),
		fx.Annotate(func() dependencyTrial {
			return dependencyTrial{"bus (channels)", "bus.adapter", func(context.Context) (string, error) {
				return "within the process; there is nothing to try", nil
			}}
		}, fx.ResultTags(`group:"inspection"`)),
	)
}
