package testserver

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

var pgBouncer = kind{
	official: "edoburu/pgbouncer:v1.24.1-p1",
	variable: "TEST_PGBOUNCER_IMAGE",
	port:     "5432/tcp",
	url:      postgres.url,
	answers:  postgres.answers,
}

// StartPgBouncer starts a pooler for this test, with the settings, before the server that
// Postgres returns the DSNs of: its own lead to the same databases.
func StartPgBouncer(t testing.TB, settings map[string]string) *Server {
	t.Helper()
	before := started(t, sharedPostgres)
	address, err := before.inside(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	config := "[databases]\n* = host=" + address + " port=5432 user=postgres password=postgres\n[pgbouncer]\n" +
		"listen_addr = *\nlisten_port = 5432\nauth_type = any\n" +
		"ignore_startup_parameters = extra_float_digits, search_path, lock_timeout\n"
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		config += name + " = " + settings[name] + "\n"
	}
	k := pgBouncer
	k.options = func(int) []testcontainers.ContainerCustomizer {
		return []testcontainers.ContainerCustomizer{testcontainers.WithFiles(testcontainers.ContainerFile{
			Reader: strings.NewReader(config), ContainerFilePath: "/etc/pgbouncer/pgbouncer.ini", FileMode: 0o644,
		})}
	}
	return k.own(t)
}

// inside returns the address by which other containers reach the server.
func (s *Server) inside(ctx context.Context) (string, error) {
	found, err := s.docker.ContainerInspect(ctx, s.id, client.ContainerInspectOptions{})
	if err != nil {
		return "", err
	}
	for _, n := range found.Container.NetworkSettings.Networks {
		return n.IPAddress.String(), nil
	}
	return "", fmt.Errorf("its container is in no network")
}
