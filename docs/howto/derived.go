package main

import (
	"context"
	"encoding/json"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/docs/howto/adapters/sqlite"
	"github.com/outgrowkit/outgrow/docs/howto/domain/order"
	"github.com/outgrowkit/outgrow/docs/howto/ports"
	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/chanbus"
	"github.com/outgrowkit/outgrow/templates/kit/run"
	"github.com/outgrowkit/outgrow/templates/kit/sqlitestore"
)

// Derived stands in for what is derived in wiring_gen.go of a project.
type Derived struct {
	run.Config
	Store struct {
		Adapter string
		Migrate bool
		SQLite  sqlitestore.Config `config:"sqlite"`
	}
	Bus struct {
		Adapter  string
		Channels chanbus.Config
	}
}

func derived(c Derived) fx.Option {
	return fx.Options(
		fx.Provide(func() kit.EventCodec { return codec{} }),
		run.Store(run.StoreSpec[*sqlitestore.DB]{
			Adapter: "sqlite", Key: "store.sqlite.path", Migrate: c.Store.Migrate, Missing: c.Store.SQLite.Missing,
			Open: func(ctx context.Context, codec kit.EventCodec) (*sqlitestore.DB, error) {
				return sqlitestore.Open(ctx, c.Store.SQLite, codec, sqlite.Schema())
			},
			OpenBeside: func(ctx context.Context, codec kit.EventCodec) (*sqlitestore.DB, error) {
				return sqlitestore.OpenBeside(ctx, c.Store.SQLite, codec, sqlite.Schema())
			},
		}),
		fx.Provide(fx.Annotate(sqlite.NewOrderStore, fx.As(new(ports.OrderStore)))),
		run.Bus(run.BusSpec{
			Adapter: "channels", Capability: chanbus.Capability(),
			Open: func(context.Context) (kit.Bus, error) { return chanbus.New(c.Bus.Channels), nil },
		}),
	)
}

// codec encodes the events of the example in JSON.
type codec struct{}

func (codec) Encode(e kit.Event) ([]byte, error) { return json.Marshal(e) }

func (codec) Decode(topic string, payload []byte) (kit.Event, error) {
	if topic == (order.Confirmed{}).Topic() {
		var e order.Confirmed
		return e, json.Unmarshal(payload, &e)
	}
	var e order.Created
	err := json.Unmarshal(payload, &e)
	return e, err
}
