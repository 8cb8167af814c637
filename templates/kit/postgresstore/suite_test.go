package postgresstore

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

func TestKit(t *testing.T) {
	storetest.Run(t, func(t *testing.T, codec kit.EventCodec) storetest.Database {
		return openWith(t, Config{DSN: kit.NewSecret(testserver.Postgres(t))}, codec)
	})
}
