package testserver

import (
	"strings"
	"testing"
	"time"
)

func TestANATSClusterOutlivesAServer(t *testing.T) {
	cluster := StartNATSCluster(t)
	made := request(t, cluster[0].Addr(), "$JS.API.STREAM.CREATE.things", `{"name":"things","subjects":["things.>"],"num_replicas":3}`)
	if strings.Contains(made, `"error"`) {
		t.Fatal(made)
	}
	cluster[0].Kill()
	info, err := "", error(nil)
	for range 60 { // what is asked while there is no leader is never answered
		if info, err = askNATS(cluster[1].Addr(), "$JS.API.INFO", "", time.Second); err == nil {
			break
		}
	}
	if err != nil || !strings.Contains(info, `"streams":1`) {
		t.Errorf("JetStream says %s %v", info, err)
	}
}
