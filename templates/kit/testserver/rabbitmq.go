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

var rabbitMQ = kind{
	official: "rabbitmq:4.0-alpine",
	variable: "TEST_RABBITMQ_IMAGE",
	port:     "5672/tcp",
	options:  func(int) []testcontainers.ContainerCustomizer { return nil },
	url:      "amqp://%s",
	// It listens when it has recovered everything, and begins with its capabilities.
	answers: func(ctx context.Context, s *Server) error {
		answer, err := s.ask(ctx, "AMQP\x00\x00\x09\x01")
		if err == nil && !strings.Contains(answer, "capabilities") {
			err = fmt.Errorf("it answers %q", answer)
		}
		return err
	},
}

// sharedRabbitMQ starts the server that the tests of the binary share.
var sharedRabbitMQ = sync.OnceValues(func() (*Server, error) { return rabbitMQ.start() })

// RabbitMQ returns the URL of a server that the tests of the package share. A test must
// use exchanges and queues that no other test uses, and delete them.
func RabbitMQ(t testing.TB) string {
	t.Helper()
	return started(t, sharedRabbitMQ).URL()
}

// StartRabbitMQ starts a server for this test, which is removed after it.
func StartRabbitMQ(t testing.TB) *Server {
	t.Helper()
	return rabbitMQ.own(t)
}

// StartRabbitMQInMemory is StartRabbitMQ with files in memory, for benchmarks that are not
// to measure the disk.
func StartRabbitMQInMemory(t testing.TB) *Server {
	t.Helper()
	const files = "/tmp/rabbitmq"
	return rabbitMQ.own(t,
		testcontainers.WithTmpfs(map[string]string{files: "rw,mode=1777"}),
		testcontainers.WithEnv(map[string]string{"RABBITMQ_MNESIA_BASE": files}))
}

// StartRabbitMQWith is StartRabbitMQ with lines for its configuration, and with the files
// that it names, by their paths. It may require TLS.
func StartRabbitMQWith(t testing.TB, config string, files map[string]string) *Server {
	t.Helper()
	k := rabbitMQ
	all := map[string]string{"/etc/rabbitmq/conf.d/90-test.conf": config}
	maps.Copy(all, files)
	var options []testcontainers.ContainerCustomizer
	for path, text := range all {
		options = append(options, testcontainers.WithFiles(testcontainers.ContainerFile{
			Reader: strings.NewReader(text), ContainerFilePath: path, FileMode: 0o644,
		}))
	}
	k.answers = func(ctx context.Context, s *Server) error {
		answer, err := s.ask(ctx, "AMQP\x00\x00\x09\x01")
		if answer != "" { // or an alert of TLS
			return nil
		}
		return err
	}
	return k.own(t, options...)
}
