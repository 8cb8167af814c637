package rabbitmqbus_test

import (
	"cmp"
	"context"
	"strings"
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
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 10*time.Second) // the machine may be busy
	b, err := rabbitmqbus.New(t.Context(), "test", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func config(url string) rabbitmqbus.Config {
	return rabbitmqbus.Config{URL: url, Exchange: "test-" + kit.NewUUID().String(), Lease: 2 * time.Second, PublishTimeout: time.Minute}
}

func TestBus(t *testing.T) {
	url := testserver.RabbitMQ(t)
	brokertest.NoGoroutineLeft(t)
	bustest.Run(t, func(t *testing.T) kit.Bus {
		c := config(url)
		c.Lease = 10 * time.Second // nobody dies, and a busy machine is no reason to close a connection
		return open(t, c)
	})
}

// of configures a bus of the suites.
func of(s brokertest.Settings) rabbitmqbus.Config {
	return rabbitmqbus.Config{URL: s.URL, Exchange: s.Name, Lease: s.Lease, PublishTimeout: s.PublishTimeout, ConnectTimeout: s.ConnectTimeout}
}

func TestBroker(t *testing.T) {
	brokertest.Run(t, brokertest.Broker{
		Server: testserver.RabbitMQ,
		Start:  testserver.StartRabbitMQ,
		Open: func(t testing.TB, s brokertest.Settings) kit.Bus {
			return open(t, of(s))
		},
		Look: func(t testing.TB, s brokertest.Settings, groups []string) (string, error) {
			found, _, err := rabbitmqbus.Look(t.Context(), "test", groups, rabbitmqbus.Config{URL: s.URL, Exchange: s.Name, ConnectTimeout: 10 * time.Second})
			return found, err
		},
		Lose: losses,
	})
}

// TestLongKeys shows that a key of any content and of 100 kB arrives, and that a longer
// one is refused before it breaks the connection.
func TestLongKeys(t *testing.T) {
	b := open(t, config(testserver.RabbitMQ(t)))
	got := make(chan string, 10)
	brokertest.Subscribe(t, b, "g", func(_ context.Context, m kit.Message) error {
		got <- m.Key
		return nil
	})
	for _, key := range []string{"", "ключ\r\n\x00\xff", strings.Repeat("k", 100_000)} {
		brokertest.MustPublish(t, b, brokertest.Message(key, 0))
		if arrived := <-got; arrived != key {
			t.Errorf("%.20q arrived as %.20q", key, arrived)
		}
	}
	errs := brokertest.Publish(t, b, brokertest.Message("k", 0), brokertest.Message(strings.Repeat("k", 200_000), 0), brokertest.Message("k", 1))
	if errs[0] != nil || kit.CodeOf(errs[1]) != kit.Invalid || errs[2] != nil {
		t.Errorf("a key that is too long, between others: %v", errs)
	}
}
