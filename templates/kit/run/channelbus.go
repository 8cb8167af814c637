package run

import (
	"context"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/chanbus"
)

// channelsModule is the bus within the process.
func channelsModule(c chanbus.Config) fx.Option {
	return fx.Provide(
		func(life fx.Lifecycle) kit.Bus {
			bus := chanbus.New(c)
			life.Append(fx.StopHook(bus.Close))
			return bus
		},
		fx.Annotate(func(bus kit.Bus) readinessCheck { return readinessCheck{"bus", bus.Ping} },
			fx.ResultTags(`group:"dependency"`)),
		fx.Annotate(func() dependencyTrial {
			return dependencyTrial{"bus (channels)", "bus.adapter", func(context.Context) (string, error) {
				return "within the process; there is nothing to try", nil
			}}
		}, fx.ResultTags(`group:"inspection"`)),
	)
}
