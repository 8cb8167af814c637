package rabbitmqbus_test

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/bustest"
	"github.com/outgrowkit/outgrow/templates/kit/rabbitmqbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// open returns a bus that is closed after the test.
func open(t testing.TB, c rabbitmqbus.Config) kit.Bus {
	t.Helper()
	b, err := rabbitmqbus.New(t.Context(), "test", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func config(url string) rabbitmqbus.Config {
	return rabbitmqbus.Config{URL: url, Exchange: "test-" + kit.NewUUID().String(), Lease: 2 * time.Second, PublishTimeout: 2 * time.Second}
}

func TestBus(t *testing.T) {
	url := testserver.RabbitMQ(t)
	brokertest.NoGoroutineLeft(t)
	bustest.Run(t, func(t *testing.T) kit.Bus { return open(t, config(url)) })
}

func TestBroker(t *testing.T) {
	brokertest.Run(t, brokertest.Broker{
		Server: testserver.RabbitMQ,
		Start:  testserver.StartRabbitMQ,
		Open: func(t testing.TB, s brokertest.Settings) kit.Bus {
			return open(t, rabbitmqbus.Config{URL: s.URL, Exchange: s.Name, Lease: s.Lease, PublishTimeout: s.PublishTimeout})
		},
	})
}
