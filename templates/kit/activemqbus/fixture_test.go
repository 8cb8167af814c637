package activemqbus_test

import (
	"cmp"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/activemqbus"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
)

// of returns the configuration for settings.
func of(s brokertest.Settings) activemqbus.Config {
	return activemqbus.Config{URL: s.URL, Topic: s.Name, Lease: s.Lease, PublishTimeout: s.PublishTimeout, ConnectTimeout: s.ConnectTimeout}
}

// open returns a bus that is closed after the test.
func open(t testing.TB, c activemqbus.Config) kit.Bus {
	t.Helper()
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 10*time.Second) // the machine may be busy
	b, err := activemqbus.New(t.Context(), "test", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// config is that of a bus of the test's own on a server. The machine may be busy.
func config(url string) activemqbus.Config {
	return activemqbus.Config{
		URL: url, ConnectTimeout: 10 * time.Second, Topic: "test-" + kit.NewUUID().String(), Lease: 5 * time.Second, PublishTimeout: time.Minute,
	}
}
