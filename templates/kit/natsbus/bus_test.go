package natsbus_test

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/bustest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

func TestBus(t *testing.T) {
	url := testserver.NATS(t)
	noGoroutineLeft(t)
	bustest.Run(t, func(t *testing.T) kit.Bus { return open(t, config(t, url)) })
}
