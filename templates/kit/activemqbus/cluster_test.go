package activemqbus_test

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/activemqbus"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestCluster has two brokers share a store, as their high availability is.
func TestCluster(t *testing.T) {
	brokertest.RunCluster(t, brokertest.Cluster{
		Start: testserver.StartActiveMQPair,
		Open: func(t testing.TB, s brokertest.Settings) (kit.Bus, error) {
			return activemqbus.New(t.Context(), "test", of(s))
		},
		Whole: func(testing.TB, brokertest.Settings) bool { return true },
		Locks: true,
	})
}
