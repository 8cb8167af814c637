package natsbus_test

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/bustest"
	"github.com/outgrowkit/outgrow/templates/kit/natsbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

func TestBus(t *testing.T) {
	url := testserver.NATS(t)
	brokertest.NoGoroutineLeft(t)
	bustest.Run(t, func(t *testing.T) kit.Bus { return open(t, config(t, url)) })
}

// of configures a bus of the suites.
func of(s brokertest.Settings) natsbus.Config {
	return natsbus.Config{
		URL: s.URL, Stream: s.Name, Replicas: s.Replicas, Lease: s.Lease, PublishTimeout: s.PublishTimeout, ConnectTimeout: s.ConnectTimeout,
	}
}

func TestBroker(t *testing.T) {
	brokertest.Run(t, brokertest.Broker{
		Server: testserver.NATS,
		Start:  testserver.StartNATS,
		Open: func(t testing.TB, s brokertest.Settings) kit.Bus {
			removeStreams(t, s.URL, s.Name)
			return open(t, of(s))
		},
		Look: func(t testing.TB, s brokertest.Settings, groups []string) (string, error) {
			found, _, err := natsbus.Look(t.Context(), "test", groups, natsbus.Config{URL: s.URL, Stream: s.Name, ConnectTimeout: 10 * time.Second})
			return found, err
		},
		Waits: true, Lose: losses, Change: changes,
	})
}
