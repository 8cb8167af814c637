package app

import (
	"context"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit/adapters/postgres"
	"github.com/outgrowkit/outgrow/templates/kit/ports"
)

// postgresModule is the store in a PostgreSQL database.
func postgresModule(c postgres.Config, migrate bool) fx.Option {
	return storeOpener[*postgres.DB]{
		name: "store (postgres)", key: "store.postgres.dsn", migrate: migrate,
		serve: func(ctx context.Context, codec ports.EventCodec) (*postgres.DB, error) {
			return postgres.Open(ctx, c, codec)
		},
		beside: func(ctx context.Context, codec ports.EventCodec) (*postgres.DB, error) {
			return postgres.OpenBeside(ctx, c, codec)
		},
	}.module()
}
