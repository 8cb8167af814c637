package nats_test

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/ports"
	"github.com/outgrowkit/outgrow/templates/kit/ports/bustest"
)

func TestBus(t *testing.T) {
	url := serverURL(t)
	noGoroutineLeft(t)
	bustest.Run(t, func(t *testing.T) ports.Bus { return open(t, config(t, url)) })
}
