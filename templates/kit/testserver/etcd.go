package testserver

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/testcontainers/testcontainers-go"
)

var etcd = kind{
	official: "quay.io/coreos/etcd:v3.5.21",
	variable: "TEST_ETCD_IMAGE",
	port:     "2379/tcp",
	options: func(port int) []testcontainers.ContainerCustomizer {
		return []testcontainers.ContainerCustomizer{testcontainers.WithCmd(etcdCommand("http", port)...)}
	},
	url: "%s",
	answers: func(ctx context.Context, s *Server) error {
		answer, err := s.ask(ctx, "GET /health HTTP/1.0\r\n\r\n")
		if err == nil && !strings.Contains(answer, `"health":"true"`) {
			err = fmt.Errorf("it answers %q", answer)
		}
		return err
	},
}

// etcdCommand runs a server that does not wait for the disk: its data survives when it is
// killed, which is all that tests do.
func etcdCommand(scheme string, port int) []string {
	return []string{
		"/usr/local/bin/etcd", "--unsafe-no-fsync", "--log-level=error", "--data-dir=/tmp/etcd",
		"--listen-client-urls=" + scheme + "://0.0.0.0:2379", fmt.Sprintf("--advertise-client-urls=%s://127.0.0.1:%d", scheme, port),
	}
}

// sharedEtcd starts the server that the tests of the binary share.
var sharedEtcd = sync.OnceValues(func() (*Server, error) { return etcd.start() })

// Etcd returns the address of a server that the tests of the package share. A test must use
// keys that no other test uses.
func Etcd(t testing.TB) string {
	t.Helper()
	return started(t, sharedEtcd).Addr()
}

// StartEtcd starts a server for this test, with TLS if there are files for it, by their paths:
// /tls/cert.pem and /tls/key.pem.
func StartEtcd(t testing.TB, files map[string]string) *Server {
	t.Helper()
	k := etcd
	if len(files) > 0 {
		k.answers = speaksTLS
		k.options = func(port int) []testcontainers.ContainerCustomizer {
			return append(withFiles(files), testcontainers.WithCmd(append(etcdCommand("https", port),
				"--cert-file=/tls/cert.pem", "--key-file=/tls/key.pem")...))
		}
	}
	return k.own(t)
}
