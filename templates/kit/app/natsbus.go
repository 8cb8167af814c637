package app

import (
	"context"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit/adapters/nats"
	"github.com/outgrowkit/outgrow/templates/kit/ports"
)

// natsModule is the bus on a NATS server.
func natsModule(c nats.Config) fx.Option {
	const name = "bus (nats)"
	return fx.Provide(
		func(ctx context.Context, life fx.Lifecycle) (ports.Bus, error) {
			bus, err := nats.New(ctx, c)
			if err != nil {
				return nil, blameOn("the "+name, natsKey(c, err), err)
			}
			life.Append(fx.StopHook(bus.Close))
			return bus, nil
		},
		fx.Annotate(func(bus ports.Bus) readinessCheck { return readinessCheck{"bus", bus.Ping} },
			fx.ResultTags(`group:"dependency"`)),
		fx.Annotate(func() dependencyTrial {
			return dependencyTrial{name, "bus.nats.url", func(ctx context.Context) (string, error) {
				about, err := nats.Look(ctx, c)
				return about, blameOn("the "+name, natsKey(c, err), err)
			}}
		}, fx.ResultTags(`group:"inspection"`)),
	)
}

// natsKey returns which key to change where the bus cannot be used.
func natsKey(c nats.Config, err error) string {
	switch {
	case !nats.RefusesLogin(err):
		return "bus.nats.url"
	case c.CredentialsFile != "":
		return "bus.nats.credentials_file"
	case c.User == "":
		return "bus.nats.user"
	default:
		return "bus.nats.password"
	}
}
