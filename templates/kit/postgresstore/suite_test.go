package postgresstore

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/databasetest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

func TestKit(t *testing.T) {
	databasetest.Run(t, func(t *testing.T, codec kit.EventCodec) databasetest.Database {
		return openWith(t, Config{DSN: kit.NewSecret(testserver.Postgres(t))}, codec)
	})
}
