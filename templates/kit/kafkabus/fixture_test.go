package kafkabus_test

import (
	"cmp"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/kafkabus"
)

// operator changes what is on brokers.
func operator(t testing.TB, addresses string) *kadm.Client {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(addresses, ",")...), kgo.MetadataMinAge(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return kadm.NewClient(c)
}

// operatorAs is operator for brokers that ask for a user.
func operatorAs(t testing.TB, address, user, password string) *kadm.Client {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.SASL(plain.Auth{User: user, Pass: password}.AsMechanism()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return kadm.NewClient(c)
}

// newTopic names topics that no other test has, and removes them after the test.
func newTopic(t testing.TB, address string) string {
	t.Helper()
	name := "test-" + kit.NewUUID().String()
	removeTopics(t, address, name)
	return name
}

// removeTopics removes the topics of a name after the test.
func removeTopics(t testing.TB, address, name string) {
	t.Helper()
	t.Cleanup(func() {
		c, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.RetryTimeout(time.Second))
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, _ = kadm.NewClient(c).DeleteTopics(ctx, topics(name)...) // the server may be gone, and the topics with it
	})
}

// open returns a bus that is closed after the test.
func open(t testing.TB, c kafkabus.Config) kit.Bus {
	t.Helper()
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, patience)
	b, err := kafkabus.New(t.Context(), "test", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// openAsNew opens a bus as a user that was just made, or given rights: what a broker confirms
// of users it does not know at once.
func openAsNew(t testing.TB, c kafkabus.Config) (b kit.Bus) {
	t.Helper()
	brokertest.Eventually(t, "the broker knows the user and its rights", func() bool {
		bus, err := kafkabus.New(t.Context(), "test", c)
		if err != nil {
			return false
		}
		t.Cleanup(func() { _ = bus.Close() })
		b = bus
		return true
	})
	return b
}

func config(t testing.TB, address string) kafkabus.Config {
	return kafkabus.Config{Brokers: address, Topic: newTopic(t, address), Lease: 2 * time.Second, PublishTimeout: time.Minute}
}

// patience is for a machine that is busy.
const patience = 10 * time.Second

// topics are the names of what a bus makes.
func topics(name string) []string { return []string{name + ".events", name + ".groups"} }

// address returns that of a URL.
func address(url string) string { return strings.TrimPrefix(url, scheme) }

// scheme makes a URL of an address.
const scheme = "kafka://"
