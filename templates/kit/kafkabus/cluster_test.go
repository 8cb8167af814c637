package kafkabus_test

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/kafkabus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

func TestCluster(t *testing.T) {
	brokertest.RunCluster(t, brokertest.Cluster{
		Start: testserver.StartKafkaCluster,
		Open: func(t testing.TB, s brokertest.Settings) (kit.Bus, error) {
			return kafkabus.New(t.Context(), "test", of(s))
		},
		Whole: func(t testing.TB, s brokertest.Settings) bool {
			meta, err := operator(t, s.URL).Metadata(t.Context())
			whole := err == nil && len(meta.Brokers) == 3
			meta.Topics.EachPartition(func(p kadm.PartitionDetail) { whole = whole && p.Err == nil && len(p.ISR) == 3 })
			return whole
		},
		Few: "too few brokers to keep 3 replicas: 2", Many: "too few brokers to keep 4 replicas: 3",
	})
}
