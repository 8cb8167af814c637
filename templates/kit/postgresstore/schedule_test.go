package postgresstore

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/scheduletest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

func TestSchedule(t *testing.T) {
	scheduletest.Run(t, func(t *testing.T, codec kit.EventCodec) scheduletest.Database {
		return openWith(t, Config{DSN: kit.NewSecret(testserver.Postgres(t))}, codec)
	})
}
