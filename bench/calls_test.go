package bench

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/bench/paired"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

const callsPerSecond = "calls/s"

var callRows = []paired.Row{
	calledOnSQLite("get"), calledOnSQLite("list"), calledOnPostgres("get"), calledOnPostgres("list"),
}

// calls are what is called, in the table.
var calls = map[string]string{"get": "Get", "list": "List of 50"}

func calledOnSQLite(call string) paired.Row {
	return paired.Row{
		Name: "call-" + call + "-sqlite", Title: calls[call] + ", SQLite", A: "port", B: "the statement by hand",
		Lines: []paired.Line{{Figure: callsPerSecond, AtLeast: 0.95}},
		Open: func(t *testing.T) paired.Sides {
			file := func(c contender) string {
				p := start(t, c, rowsThere)
				p.stop(t)
				return filepath.Join(p.dir, c.file)
			}
			return paired.Sides{
				A: called(throughPort(t), "-call", call, "-sqlite", file(outgrown)),
				B: called(command(t, "storecalls"), "-call", call, "-sqlite", file(byHand)),
			}
		},
	}
}

func calledOnPostgres(call string) paired.Row {
	return paired.Row{
		Name: "call-" + call + "-postgres", Title: calls[call] + ", Postgres", A: "port", B: "the statement by hand",
		Lines: []paired.Line{{Figure: callsPerSecond, AtLeast: 0.95}},
		Open: func(t *testing.T) paired.Sides {
			server := testserver.StartPostgres(t)
			database := func(c contender, name string) string {
				dsn := newDatabase(t, server.URL(), name)
				startPostgres(t, c, dsn, rowsThere).stop(t)
				return dsn
			}
			return paired.Sides{
				A: called(throughPort(t), "-call", call, "-postgres", database(outgrown, "a")),
				B: called(command(t, "storecalls"), "-call", call, "-postgres", database(byHand, "b")),
			}
		},
	}
}

// called is a round of a program that makes calls, one after another.
func called(binary string, args ...string) paired.Round {
	return func(t *testing.T, d time.Duration) paired.Figures {
		t.Helper()
		options := append([]string{"-c", serverCore, binary, "-rows", strconv.Itoa(rowsThere), "-for", d.String()}, args...)
		cmd := exec.CommandContext(t.Context(), "taskset", options...)
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", binary, err, out)
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		if err != nil {
			t.Fatalf("%s: %v", binary, err)
		}
		return paired.Figures{callsPerSecond: n}
	}
}

//go:embed testdata/storecalls.go
var throughPortSource []byte

// throughPort returns the binary of a command of a project, which uses its stores.
func throughPort(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(filepath.Dir(filepath.Dir(project(t))), "storecalls")
	return once(t, "throughport", func(binary string) string {
		err := os.MkdirAll(dir, 0o700)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "main.go"), throughPortSource, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		must(t, dir, "go", "build", "-o", binary, ".")
		return binary
	})
}
