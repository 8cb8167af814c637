package nats_test

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/adapters/containers"
	"github.com/outgrowkit/outgrow/templates/kit/ports"
	"github.com/outgrowkit/outgrow/templates/kit/ports/bustest"
)

func TestBus(t *testing.T) {
	url := containers.NATS(t)
	noGoroutineLeft(t)
	bustest.Run(t, func(t *testing.T) ports.Bus { return open(t, config(t, url)) })
}
