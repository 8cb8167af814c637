package testserver

import (
	"strings"
	"testing"
)

func TestANATSClusterOutlivesAServer(t *testing.T) {
	cluster := StartNATSCluster(t)
	made := request(t, cluster[0].Addr(), "$JS.API.STREAM.CREATE.things", `{"name":"things","subjects":["things.>"],"num_replicas":3}`)
	if strings.Contains(made, `"error"`) {
		t.Fatal(made)
	}
	cluster[0].Kill()
	if info := request(t, cluster[1].Addr(), "$JS.API.INFO", ""); !strings.Contains(info, `"streams":1`) {
		t.Errorf("JetStream says %s", info)
	}
}
