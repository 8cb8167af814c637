package containers

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/testcontainers/testcontainers-go"
)

// natsConfig has the server acknowledge what is on disk alone.
const (
	natsConfig = `
listen: "0.0.0.0:4222"
jetstream {
	store_dir: "/tmp/nats"
	sync_interval: always
}
`
	natsConfigFile = "/etc/nats.conf"
)

var nats = kind{
	official: "nats:2.12-alpine",
	variable: "TEST_NATS_IMAGE",
	port:     "4222/tcp",
	options: func() []testcontainers.ContainerCustomizer {
		return []testcontainers.ContainerCustomizer{
			testcontainers.WithCmd("--config", natsConfigFile),
			testcontainers.WithFiles(testcontainers.ContainerFile{
				Reader: strings.NewReader(natsConfig), ContainerFilePath: natsConfigFile, FileMode: 0o644,
			}),
		}
	},
	url:     func(address string) string { return "nats://" + address },
	answers: greetsWithJetStream,
}

// sharedNATS is shared by the test binary.
var sharedNATS = sync.OnceValues(nats.start)

// NATS returns the URL of a server with JetStream that the tests of the package
// share. A test has to use names of streams, and subjects, that no other one uses,
// and to delete its streams.
func NATS(t testing.TB) string {
	t.Helper()
	needDocker(t)
	s, err := sharedNATS()
	if err != nil {
		t.Fatal(err)
	}
	return s.URL()
}

// StartNATS starts a server with JetStream of the test's own, which ends with the
// test.
func StartNATS(t testing.TB) *Server {
	t.Helper()
	return nats.own(t)
}

// greetsWithJetStream reads the line with which a server greets its clients.
func greetsWithJetStream(ctx context.Context, address string) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // nothing was written
	deadline, _ := ctx.Deadline()
	if err := conn.SetReadDeadline(deadline); err != nil {
		return err
	}
	greeting, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.Contains(greeting, `"jetstream":true`) {
		err = fmt.Errorf("it offers no JetStream: %.100s", greeting)
	}
	return err
}
