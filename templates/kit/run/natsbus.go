package run

import (
	"context"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/natsbus"
)

// natsModule is the bus on a NATS server.
func natsModule(c natsbus.Config) fx.Option {
	const name = "bus (nats)"
	return fx.Provide(
		func(ctx context.Context, life fx.Lifecycle) (kit.Bus, error) {
			bus, err := natsbus.New(ctx, c)
			if err != nil {
				return nil, blameOn("the "+name, natsKey(c, err), err)
			}
			life.Append(fx.StopHook(bus.Close))
			return bus, nil
		},
		fx.Annotate(func(bus kit.Bus) readinessCheck { return readinessCheck{"bus", bus.Ping} },
			fx.ResultTags(`group:"dependency"`)),
		fx.Annotate(func() dependencyTrial {
			return dependencyTrial{name, "bus.nats.url", func(ctx context.Context) (string, error) {
				about, err := natsbus.Look(ctx, c)
				return about, blameOn("the "+name, natsKey(c, err), err)
			}}
		}, fx.ResultTags(`group:"inspection"`)),
	)
}

// natsKey returns which key to change where the bus cannot be used.
func natsKey(c natsbus.Config, err error) string {
	switch {
	case !natsbus.RefusesLogin(err):
		return "bus.nats.url"
	case c.CredentialsFile != "":
		return "bus.nats.credentials_file"
	case c.User == "":
		return "bus.nats.user"
	default:
		return "bus.nats.password"
	}
}
