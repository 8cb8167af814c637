package app

import (
	"context"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit/adapters/nats"
	"github.com/outgrowkit/outgrow/templates/kit/ports"
)

// natsModule is the bus on a NATS server.
func natsModule(c nats.Config) fx.Option {
	const name, key = "bus (nats)", "bus.nats.url"
	return fx.Provide(
		func(ctx context.Context, life fx.Lifecycle) (ports.Bus, error) {
			bus, err := nats.New(ctx, c)
			if err != nil {
				return nil, blameOn("the "+name, key, err)
			}
			life.Append(fx.StopHook(bus.Close))
			return bus, nil
		},
		fx.Annotate(func(bus ports.Bus) readinessCheck { return readinessCheck{"bus", bus.Ping} },
			fx.ResultTags(`group:"dependency"`)),
		fx.Annotate(func() dependencyTrial {
			return dependencyTrial{name, key, func(ctx context.Context) (string, error) { return nats.Look(ctx, c) }}
		}, fx.ResultTags(`group:"inspection"`)),
	)
}
