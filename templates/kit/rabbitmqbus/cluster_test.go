package rabbitmqbus_test

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/rabbitmqbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

func TestCluster(t *testing.T) {
	var cluster []*testserver.Server
	brokertest.RunCluster(t, brokertest.Cluster{
		Start: func(t testing.TB) []*testserver.Server {
			cluster = testserver.StartRabbitMQCluster(t)
			return cluster
		},
		Open: func(t testing.TB, s brokertest.Settings) (kit.Bus, error) {
			return rabbitmqbus.New(t.Context(), "test", of(s))
		},
		Whole: func(testing.TB, brokertest.Settings) bool {
			return cluster[0].Exec("rabbitmqctl", "eval", whole) == "true\n"
		},
	})
}

// whole has a server say whether all run, and no queue would be without a majority if one more
// were away.
const whole = "length(rabbit_nodes:list_running()) =:= 3 andalso rabbit_quorum_queue:list_with_minimum_quorum() ++ rabbit_stream_queue:list_with_minimum_quorum() =:= []."
