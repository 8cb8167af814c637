package testserver

import (
	"context"
	"crypto/tls"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/testcontainers/testcontainers-go"
)

var redis = kind{
	official: "redis:8.0-alpine",
	variable: "TEST_REDIS_IMAGE",
	port:     "6379/tcp",
	options:  func(int) []testcontainers.ContainerCustomizer { return nil },
	url:      "%s",
	answers: func(ctx context.Context, s *Server) error {
		answer, err := s.ask(ctx, "PING\r\n")
		if err == nil && !strings.HasPrefix(answer, "+PONG") && !strings.HasPrefix(answer, "-NOAUTH") {
			err = fmt.Errorf("it answers %q", answer)
		}
		return err
	},
}

// valkey is a Redis of another make.
func valkey() kind {
	k := redis
	k.official, k.variable = "valkey/valkey:8.1-alpine", "TEST_VALKEY_IMAGE"
	return k
}

// sharedRedis and sharedValkey start the servers that the tests of the binary share.
var (
	sharedRedis  = sync.OnceValues(func() (*Server, error) { return redis.start() })
	sharedValkey = sync.OnceValues(func() (*Server, error) { return valkey().start() })
)

// Redis returns the address of a server that the tests of the package share. A test must
// use keys that no other test uses.
func Redis(t testing.TB) string {
	t.Helper()
	return started(t, sharedRedis).Addr()
}

// Valkey is Redis with a server of Valkey's.
func Valkey(t testing.TB) string {
	t.Helper()
	return started(t, sharedValkey).Addr()
}

// StartRedis starts a server for this test with arguments, and with the files that they
// name, by their paths. It keeps nothing when it ends.
func StartRedis(t testing.TB, files map[string]string, args ...string) *Server {
	t.Helper()
	k := redis
	if _, port, ok := strings.Cut(strings.Join(args, " "), "--tls-port "); ok {
		k.port = strings.Fields(port)[0] + "/tcp"
		k.answers = speaksTLS
	}
	return k.own(t, append(withFiles(files), testcontainers.WithCmd(append([]string{"redis-server", "--save", ""}, args...)...))...)
}

// speaksTLS is the answer of a server that is not asked in plain text.
func speaksTLS(ctx context.Context, s *Server) error {
	d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}} //nolint:gosec // nothing is sent
	conn, err := d.DialContext(ctx, "tcp", s.address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// withFiles puts files into a container.
func withFiles(files map[string]string) (options []testcontainers.ContainerCustomizer) {
	for path, text := range files {
		options = append(options, testcontainers.WithFiles(testcontainers.ContainerFile{
			Reader: strings.NewReader(text), ContainerFilePath: path, FileMode: 0o644,
		}))
	}
	return options
}
