package natsbus_test

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/natsbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

func TestCluster(t *testing.T) {
	brokertest.RunCluster(t, brokertest.Cluster{
		Start: testserver.StartNATSCluster,
		Open: func(t testing.TB, s brokertest.Settings) (kit.Bus, error) {
			return natsbus.New(t.Context(), "test", of(s))
		},
		Whole: func(t testing.TB, s brokertest.Settings) bool {
			infos, n := operator(t, s.URL).ListStreams(t.Context()), 0
			for info := range infos.Info() {
				n++
				for _, r := range info.Cluster.Replicas {
					if r.Offline || !r.Current {
						return false
					}
				}
			}
			return n >= 18
		},
		Many: "has too few servers for the replicas",
	})
}
