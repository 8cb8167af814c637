package activemqbus_test

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/activemqbus"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/bustest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

func TestBus(t *testing.T) {
	url := testserver.ActiveMQ(t)
	brokertest.NoGoroutineLeft(t)
	bustest.Run(t, func(t *testing.T) kit.Bus { return open(t, config(url)) })
}

func TestBroker(t *testing.T) {
	testserver.ActiveMQ(t) // before goroutines are counted
	brokertest.Run(t, brokertest.Broker{
		Server: testserver.ActiveMQ,
		Start:  testserver.StartActiveMQ,
		Open: func(t testing.TB, s brokertest.Settings) kit.Bus {
			return open(t, of(s))
		},
		Look: func(t testing.TB, s brokertest.Settings, groups []string) (string, error) {
			found, _, err := activemqbus.Look(t.Context(), "test", groups, activemqbus.Config{URL: s.URL, Topic: s.Name, ConnectTimeout: 10 * time.Second})
			return found, err
		},
		Waits: true,
	})
}
