package testserver

import (
	"database/sql"
	"errors"
	"net"
	"syscall"
	"testing"
	"time"
)

func init() { starters = append(starters, StartPostgres) }

func TestPostgresGivesEachTestASchema(t *testing.T) {
	needDocker(t)
	var dropped string
	t.Run("first", func(t *testing.T) {
		first, second := open(t, Postgres(t)), open(t, Postgres(t))
		run(t, first, "CREATE TABLE things (id int)")
		run(t, second, "CREATE TABLE things (id int)")
		dropped = ask(t, first, "SELECT current_schema()")
	})
	db := open(t, Postgres(t))
	if n := ask(t, db, "SELECT count(*) FROM pg_namespace WHERE nspname = $1", dropped); n != "0" {
		t.Errorf("%s outlived its test", dropped)
	}
}

func TestPostgresServerIsKilledAndStarted(t *testing.T) {
	s := StartPostgres(t)
	address := s.Addr()
	db := open(t, s.URL())
	run(t, db, "CREATE TABLE things AS SELECT 7 AS id")

	s.Kill()
	if conn, err := net.DialTimeout("tcp", address, time.Second); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("connected to a killed server: %v, %v", conn, err)
	}
	s.Start()
	if s.Addr() != address {
		t.Errorf("it was at %s and is at %s", address, s.Addr())
	}
	if id := ask(t, open(t, s.URL()), "SELECT id FROM things"); id != "7" {
		t.Errorf("things hold %q after the restart", id)
	}
}

func TestPostgresServerIsFrozenAndThawed(t *testing.T) {
	s := StartPostgres(t)
	db := open(t, s.URL())
	run(t, db, "SELECT 1")

	s.Freeze()
	if err := open(t, s.URL()+"&connect_timeout=1").PingContext(t.Context()); err == nil {
		t.Error("a frozen server answers")
	}
	s.Thaw()
	run(t, db, "SELECT 1") // on the connection from before

	s.Freeze()
	s.Kill()
	s.Start()
	run(t, open(t, s.URL()), "SELECT 1")
	s.Freeze() // and it is removed all the same
}

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func run(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func ask(t *testing.T, db *sql.DB, query string, args ...any) (answer string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}
