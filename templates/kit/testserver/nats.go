package testserver

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/testcontainers/testcontainers-go"
)

// jetStream has the server acknowledge only what is on disk.
const jetStream = `
jetstream {
	store_dir: "/tmp/nats"
	sync_interval: always
}
`

var nats = kind{
	official: "nats:2.12-alpine",
	variable: "TEST_NATS_IMAGE",
	port:     "4222/tcp",
	options:  natsOptions(jetStream, nil),
	url:      "nats://%s",
	answers: func(ctx context.Context, s *Server) error {
		greeting, err := s.ask(ctx, "")
		if err == nil && !strings.Contains(greeting, `"jetstream":true`) {
			err = fmt.Errorf("it has no JetStream: %.100s", greeting)
		}
		return err
	},
}

// natsOptions returns the options of a server with the configuration and the files
// that it names.
func natsOptions(config string, files map[string]string) func(int) []testcontainers.ContainerCustomizer {
	const name = "/etc/nats.conf"
	return func(int) []testcontainers.ContainerCustomizer {
		all := map[string]string{name: `listen: "0.0.0.0:4222"` + "\n" + config}
		maps.Copy(all, files)
		options := []testcontainers.ContainerCustomizer{testcontainers.WithCmd("--config", name)}
		for path, text := range all {
			options = append(options, testcontainers.WithFiles(testcontainers.ContainerFile{
				Reader: strings.NewReader(text), ContainerFilePath: path, FileMode: 0o644,
			}))
		}
		return options
	}
}

// sharedNATS starts the server that the tests of the binary share.
var sharedNATS = sync.OnceValues(func() (*Server, error) { return nats.start() })

// NATS returns the URL of a server with JetStream that the tests of the package
// share. A test must use streams and subjects that no other test uses, and delete
// its streams.
func NATS(t testing.TB) string {
	t.Helper()
	return started(t, sharedNATS).URL()
}

// StartNATS starts a server with JetStream for this test, which is removed after it.
func StartNATS(t testing.TB) *Server {
	t.Helper()
	return nats.own(t)
}

// StartNATSInMemory is StartNATS with files in memory, for benchmarks that are not to
// measure the disk.
func StartNATSInMemory(t testing.TB) *Server {
	t.Helper()
	return nats.own(t, testcontainers.WithTmpfs(map[string]string{"/tmp/nats": "rw"}))
}

// StartNATSWith is StartNATS with a configuration of the test's own, except for the
// address, and with the files that it names, by their paths.
func StartNATSWith(t testing.TB, config string, files map[string]string) *Server {
	t.Helper()
	k := nats
	k.options = natsOptions(config, files)
	k.answers = func(ctx context.Context, s *Server) error {
		_, err := s.ask(ctx, "")
		return err
	}
	return k.own(t)
}
