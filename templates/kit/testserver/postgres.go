package testserver

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/lib/pq" // the driver
	"github.com/testcontainers/testcontainers-go"
)

var postgres = kind{
	official: "postgres:17-alpine",
	variable: "TEST_POSTGRES_IMAGE",
	port:     "5432/tcp",
	options:  postgresOptions(),
	url:      dsn,
	answers:  func(ctx context.Context, address string) error { return execute(ctx, address, "SELECT 1") },
}

// postgresOptions returns the options of a server with settings.
func postgresOptions(settings ...string) func() []testcontainers.ContainerCustomizer {
	command := []string{"-c", "max_connections=300"} // parallel tests have a pool each
	for _, s := range settings {
		command = append(command, "-c", s)
	}
	return func() []testcontainers.ContainerCustomizer {
		return []testcontainers.ContainerCustomizer{
			testcontainers.WithEnv(map[string]string{"POSTGRES_PASSWORD": "postgres", "POSTGRES_INITDB_ARGS": "--no-sync"}),
			testcontainers.WithCmd(command...),
		}
	}
}

// sharedPostgres starts the server that the tests of the binary share. It does not
// wait for the disk, since no data has to survive it.
var sharedPostgres = sync.OnceValues(func() (*Server, error) {
	shared := postgres
	shared.options = postgresOptions("fsync=off", "full_page_writes=off")
	return shared.start()
})

// schemas is the number of schemas that were created on it.
var schemas atomic.Int64

// Postgres returns a DSN with an empty schema, on a server that the tests of the
// package share. The schema is dropped after the test. To create a database would
// take much longer.
func Postgres(t testing.TB) string {
	t.Helper()
	s := started(t, sharedPostgres)
	name := fmt.Sprintf("test_%d", schemas.Add(1))
	if err := execute(t.Context(), s.address, "CREATE SCHEMA "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := execute(context.WithoutCancel(t.Context()), s.address, "DROP SCHEMA "+name+" CASCADE"); err != nil {
			t.Errorf("drop the test's schema: %v", err)
		}
	})
	return dsn(s.address) + "&search_path=" + name
}

// StartPostgres starts a server for this test, which is removed after it. Its URL is
// the DSN of a superuser.
func StartPostgres(t testing.TB) *Server {
	t.Helper()
	return postgres.own(t)
}

func dsn(address string) string {
	return "postgres://postgres:postgres@" + address + "/postgres?sslmode=disable"
}

// execute runs a statement on a new connection.
func execute(ctx context.Context, address, statement string) error {
	db, err := sql.Open("postgres", dsn(address)+"&connect_timeout=2&lock_timeout=10000")
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // the statement has succeeded or failed before
	_, err = db.ExecContext(ctx, statement)
	return err
}
