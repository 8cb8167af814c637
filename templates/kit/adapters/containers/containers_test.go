package containers

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moby/moby/client"
)

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

func TestNATSIsShared(t *testing.T) {
	first, second := NATS(t), NATS(t)
	if first != second {
		t.Errorf("%s and %s", first, second)
	}
	if answer := request(t, strings.TrimPrefix(first, "nats://"), "$JS.API.INFO", ""); !strings.Contains(answer, `"streams":0`) {
		t.Errorf("JetStream says %s", answer)
	}
}

func TestNATSServerKeepsStreamsOverAKill(t *testing.T) {
	s := StartNATS(t)
	made := request(t, s.Addr(), "$JS.API.STREAM.CREATE.things", `{"name":"things","subjects":["things.>"]}`)
	if strings.Contains(made, `"error"`) {
		t.Fatal(made)
	}
	if acked := request(t, s.Addr(), "things.one", "1"); !strings.Contains(acked, `"seq":1`) {
		t.Fatal(acked)
	}
	s.Kill()
	s.Start()
	if info := request(t, s.Addr(), "$JS.API.STREAM.INFO.things", ""); !strings.Contains(info, `"messages":1`) {
		t.Errorf("after the restart: %s", info)
	}
}

// TestContainersEndWithAKilledTestBinary kills a test binary that has a server.
func TestContainersEndWithAKilledTestBinary(t *testing.T) {
	needDocker(t)
	victim := self(t, "TestVictim", "TEST_CONTAINERS_VICTIM=1")
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	var id string
	for lines := bufio.NewScanner(out); id == "" && lines.Scan(); {
		if after, ok := strings.CutPrefix(lines.Text(), "victim "); ok {
			id = after
		}
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait()
	err = withDocker(time.Minute, func(ctx context.Context, docker *client.Client) error {
		for {
			if _, err := docker.ContainerInspect(ctx, id, client.ContainerInspectOptions{}); err != nil {
				return err
			}
		}
	})
	if err == nil || !strings.Contains(err.Error(), "No such container") {
		t.Errorf("container %s: %v", id, err)
	}
}

func TestWithoutADaemon(t *testing.T) {
	for _, test := range []struct{ required, says string }{
		{"", "--- SKIP"},
		{"required", "--- FAIL"},
	} {
		out, err := self(t, "TestNoDaemon", "TEST_CONTAINERS="+test.required, "TEST_CONTAINERS_VICTIM=1").CombinedOutput()
		said := strings.Contains(string(out), test.says) && strings.Contains(string(out), "it needs a Docker daemon, and none answers: refused; twice\n")
		if !said || (err == nil) != (test.required == "") {
			t.Errorf("TEST_CONTAINERS=%s: %v, %s", test.required, err, out)
		}
	}
}

// What follows is run by the tests above alone, in a process of its own.

func TestVictim(t *testing.T) {
	if os.Getenv("TEST_CONTAINERS_VICTIM") != "" {
		fmt.Println("victim", StartNATS(t).id)
		select {}
	}
}

func TestNoDaemon(t *testing.T) {
	if os.Getenv("TEST_CONTAINERS_VICTIM") != "" {
		docker = func() error { return errors.New("refused\ntwice") }
		StartNATS(t)
	}
}

// self is this test binary, to run one test.
func self(t *testing.T, test string, env ...string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), env...)
	return cmd
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

// request sends a message by the protocol's own words, and returns the reply.
func request(t *testing.T, address, subject, body string) string {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = fmt.Fprintf(conn, "CONNECT {\"verbose\":false}\r\nSUB reply 1\r\nPUB %s reply %d\r\n%s\r\n", subject, len(body), body)
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "MSG reply") && lines.Scan() {
			return lines.Text()
		}
	}
	t.Fatalf("no reply from %s to %s: %v", address, subject, lines.Err())
	return ""
}
