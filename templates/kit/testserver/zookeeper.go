package testserver

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/testcontainers/testcontainers-go"
)

// zooConfig has sessions end after a second at the soonest, and ten minutes at the latest. The
// server does not wait for the disk: its data survives when it is killed, which is all that
// tests do.
const zooConfig = `dataDir=/data
dataLogDir=/datalog
tickTime=500
maxSessionTimeout=600000
maxClientCnxns=0
admin.enableServer=false
forceSync=no
`

// zooPlain and zooSecure are its port, without TLS and with it.
const (
	zooPlain  = "clientPort=2181\n"
	zooSecure = `secureClientPort=2181
serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory
ssl.keyStore.location=/tls/server.pem
ssl.keyStore.type=PEM
ssl.clientAuth=none
`
)

var zooKeeper = kind{
	official: "zookeeper:3.9.5",
	variable: "TEST_ZOOKEEPER_IMAGE",
	port:     "2181/tcp",
	options: func(int) []testcontainers.ContainerCustomizer {
		return append(withFiles(map[string]string{"/conf/zoo.cfg": zooConfig + zooPlain}), onSmallHeap)
	},
	url: "%s",
	answers: func(ctx context.Context, s *Server) error {
		answer, err := s.ask(ctx, "srvr\n")
		if err == nil && !strings.Contains(answer, "Mode: standalone") {
			err = fmt.Errorf("it answers %q", answer)
		}
		return err
	},
}

var onSmallHeap = testcontainers.WithEnv(map[string]string{
	"ZK_SERVER_HEAP": "256", "SERVER_JVMFLAGS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
})

// sharedZooKeeper starts the server that the tests of the binary share.
var sharedZooKeeper = sync.OnceValues(func() (*Server, error) { return zooKeeper.start() })

// ZooKeeper returns the address of a server that the tests of the package share. A test must
// use nodes that no other test uses.
func ZooKeeper(t testing.TB) string {
	t.Helper()
	return started(t, sharedZooKeeper).Addr()
}

// StartZooKeeper starts a server for this test, with TLS if there is a file for it:
// /tls/server.pem, which has a certificate and its key.
func StartZooKeeper(t testing.TB, files map[string]string) *Server {
	t.Helper()
	k := zooKeeper
	if len(files) > 0 {
		k.answers = speaksTLS
		k.options = func(int) []testcontainers.ContainerCustomizer {
			return append(withFiles(files), append(withFiles(map[string]string{"/conf/zoo.cfg": zooConfig + zooSecure}), onSmallHeap)...)
		}
	}
	return k.own(t)
}
