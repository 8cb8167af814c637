package postgres

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/adapters/containers"
	"github.com/outgrowkit/outgrow/templates/kit/domain"
	"github.com/outgrowkit/outgrow/templates/kit/ports"
	"github.com/outgrowkit/outgrow/templates/kit/ports/storetest"
)

func TestKit(t *testing.T) {
	storetest.Run(t, func(t *testing.T, codec ports.EventCodec) storetest.Kit {
		return openWith(t, Config{DSN: domain.NewSecret(containers.Postgres(t))}, codec)
	})
}
