package kafkabus_test

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/bustest"
	"github.com/outgrowkit/outgrow/templates/kit/kafkabus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

func TestBus(t *testing.T) {
	broker := testserver.Kafka(t)
	brokertest.NoGoroutineLeft(t)
	bustest.Run(t, func(t *testing.T) kit.Bus { return open(t, config(t, broker)) })
}

// of configures a bus of the suites.
func of(s brokertest.Settings) kafkabus.Config {
	return kafkabus.Config{
		Brokers: address(s.URL), Topic: s.Name, Replicas: s.Replicas, Lease: s.Lease, PublishTimeout: s.PublishTimeout, ConnectTimeout: s.ConnectTimeout,
	}
}

func TestBroker(t *testing.T) {
	brokertest.Run(t, brokertest.Broker{
		Server: func(t testing.TB) string { return scheme + testserver.Kafka(t) },
		Start:  testserver.StartKafka,
		Open: func(t testing.TB, s brokertest.Settings) kit.Bus {
			at := address(s.URL)
			removeTopics(t, at, s.Name)
			return open(t, of(s).Through(at))
		},
		Look: func(t testing.TB, s brokertest.Settings, groups []string) (string, error) {
			at := address(s.URL)
			found, _, err := kafkabus.Look(t.Context(), "test", groups, kafkabus.Config{Brokers: at, Topic: s.Name, ConnectTimeout: 10 * time.Second}.Through(at))
			return found, err
		},
		Waits: true, Lose: losses, Change: changes,
	})
}
