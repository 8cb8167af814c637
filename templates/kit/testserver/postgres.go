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
	options: func(int) []testcontainers.ContainerCustomizer {
		return []testcontainers.ContainerCustomizer{
			testcontainers.WithEnv(map[string]string{"POSTGRES_PASSWORD": "postgres", "POSTGRES_INITDB_ARGS": "--no-sync"}),
			testcontainers.WithCmd("-c", "max_connections=300"), // parallel tests have a pool each
		}
	},
	url:     "postgres://postgres:postgres@%s/postgres?sslmode=disable",
	answers: func(ctx context.Context, s *Server) error { return execute(ctx, s, "SELECT 1") },
}

// sharedPostgres starts the server that the tests of the binary share. It does not
// wait for the disk, since no data has to survive it.
var sharedPostgres = sync.OnceValues(func() (*Server, error) {
	return postgres.start(testcontainers.WithCmdArgs("-c", "fsync=off", "-c", "full_page_writes=off"))
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
	dsn := SchemaOf(t, s, name)
	t.Cleanup(func() {
		if err := execute(context.WithoutCancel(t.Context()), s, "DROP SCHEMA "+name+" CASCADE"); err != nil {
			t.Errorf("drop the test's schema: %v", err)
		}
	})
	return dsn
}

// SchemaOf makes an empty schema on a server of the test's own, and returns its DSN.
func SchemaOf(t testing.TB, s *Server, name string) string {
	t.Helper()
	if err := execute(t.Context(), s, "CREATE SCHEMA "+name); err != nil {
		t.Fatal(err)
	}
	return s.URL() + "&search_path=" + name
}

// StartPostgres starts a server for this test, which is removed after it. Its URL is
// the DSN of a superuser.
func StartPostgres(t testing.TB) *Server {
	t.Helper()
	return postgres.own(t)
}

// execute runs a statement on a new connection.
func execute(ctx context.Context, s *Server, statement string) error {
	db, err := sql.Open("postgres", s.URL()+"&connect_timeout=2&lock_timeout=10000")
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // the statement has succeeded or failed before
	_, err = db.ExecContext(ctx, statement)
	return err
}
