package testserver

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/testcontainers/testcontainers-go"
)

var memcached = kind{
	official: "memcached:1.6-alpine",
	variable: "TEST_MEMCACHED_IMAGE",
	port:     "11211/tcp",
	options:  func(int) []testcontainers.ContainerCustomizer { return nil },
	url:      "%s",
	answers:  answersGet,
}

// hazelcast speaks the protocol of Memcached.
var hazelcast = kind{
	official: "hazelcast/hazelcast:5.7",
	variable: "TEST_HAZELCAST_IMAGE",
	port:     "5701/tcp",
	options: func(int) []testcontainers.ContainerCustomizer {
		return []testcontainers.ContainerCustomizer{testcontainers.WithEnv(map[string]string{
			"HZ_NETWORK_MEMCACHEPROTOCOL_ENABLED":   "true",
			"HZ_NETWORK_JOIN_AUTODETECTION_ENABLED": "false",
			"HZ_NETWORK_JOIN_MULTICAST_ENABLED":     "false",
			"HZ_PHONEHOME_ENABLED":                  "false",
		})}
	},
	url:     "%s",
	answers: answersGet,
}

func answersGet(ctx context.Context, s *Server) error {
	answer, err := s.ask(ctx, "get nothing\r\n")
	if err == nil && !strings.HasPrefix(answer, "END") && !strings.HasPrefix(answer, "CLIENT_ERROR unauthenticated") {
		err = fmt.Errorf("it answers %q", answer)
	}
	return err
}

// sharedMemcached and sharedHazelcast start the servers that the tests of the binary share.
var (
	sharedMemcached = sync.OnceValues(func() (*Server, error) { return memcached.start() })
	sharedHazelcast = sync.OnceValues(func() (*Server, error) { return hazelcast.start() })
)

// Memcached returns the address of a server that the tests of the package share. A test
// must use keys that no other test uses.
func Memcached(t testing.TB) string {
	t.Helper()
	return started(t, sharedMemcached).Addr()
}

// Hazelcast returns the address at which a server of Hazelcast's speaks the protocol of
// Memcached. The tests of the package share it.
func Hazelcast(t testing.TB) string {
	t.Helper()
	return started(t, sharedHazelcast).Addr()
}

// StartMemcached starts a server for this test with arguments, and with the files that
// they name, by their paths.
func StartMemcached(t testing.TB, files map[string]string, args ...string) *Server {
	t.Helper()
	k := memcached
	if strings.Contains(strings.Join(args, " "), "-Z") {
		k.answers = speaksTLS
	}
	return k.own(t, append(withFiles(files), testcontainers.WithCmd(append([]string{"memcached"}, args...)...))...)
}
