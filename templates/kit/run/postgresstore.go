package run

import (
	"context"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/postgresstore"
)

// postgresModule is the store in a PostgreSQL database.
func postgresModule(c postgresstore.Config, migrate bool) fx.Option {
	return storeOpener[*postgresstore.DB]{
		name: "store (postgres)", key: "store.postgres.dsn", migrate: migrate,
		serve: func(ctx context.Context, codec kit.EventCodec) (*postgresstore.DB, error) {
			return postgresstore.Open(ctx, c, codec)
		},
		beside: func(ctx context.Context, codec kit.EventCodec) (*postgresstore.DB, error) {
			return postgresstore.OpenBeside(ctx, c, codec)
		},
	}.module()
}
