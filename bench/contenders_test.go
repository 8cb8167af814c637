package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// shop is what is scaffolded.
const shop = "order customer:string total:int64 notes:text? status:enum:draft,paid,sent"

// outgrown is a project as outgrow makes it, untouched.
var outgrown = kitWith(nil)

// kitWith is outgrown, started with other variables and settings.
func kitWith(variables []string, settings ...string) contender {
	return contender{
		binary:    project,
		variables: variables,
		args: func(addr, dsn string) []string {
			args := []string{"--set", "http.addr=" + addr}
			if dsn != "" {
				args = append(args, "--set", "store.adapter=postgres", "--set", "store.postgres.dsn="+dsn)
			}
			for _, s := range settings {
				args = append(args, "--set", s)
			}
			return args
		},
		file: "data/service.db",
	}
}

// byHand is the same written by hand, which only inserts. As a project of outgrow does,
// it gives each request an ID, a timeout, a line in the log and a duration in the metrics.
var byHand = handwritten("byhand")

// byHandTold is byHand with an event beside each order, in one transaction.
var byHandTold = handwritten("byhand", "-outbox")

// byHandBare is byHand that does nothing beside answering.
var byHandBare = handwritten("byhand", "-bare")

func handwritten(name string, options ...string) contender {
	return contender{
		binary: func(t *testing.T) string { return command(t, name) },
		args: func(addr, dsn string) []string {
			args := append([]string{"-addr", addr, "-sqlite", "service.db"}, options...)
			if dsn != "" {
				args = append(args, "-postgres", dsn)
			}
			return args
		},
		file: "service.db",
	}
}

// peers are services in the forms that other generators give them.
var peers = map[string]contender{
	"go-zero (goctl)":    handwritten("peers/gozero"),
	"kratos":             handwritten("peers/kratos"),
	"go-blueprint (Gin)": handwritten("peers/blueprint"),
}

// workshop is where everything is built, once.
var workshop struct {
	sync.Mutex
	dir   string
	built map[string]string
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is the system's temporary folder
	workshop.dir, workshop.built = dir, map[string]string{}
	return m.Run()
}

// once returns what make has made in a folder of the name, which is done once.
func once(t *testing.T, name string, make func(dir string) string) string {
	t.Helper()
	workshop.Lock()
	defer workshop.Unlock()
	if workshop.built[name] == "" {
		workshop.built[name] = make(filepath.Join(workshop.dir, name))
	}
	return workshop.built[name]
}

// command returns the binary of a command of this module.
func command(t *testing.T, name string) string {
	t.Helper()
	return once(t, name, func(dir string) string {
		binary := filepath.Join(dir, filepath.Base(name))
		must(t, ".", "go", "build", "-o", binary, "./"+name)
		return binary
	})
}

func loader(t *testing.T) string {
	t.Helper()
	return command(t, "loader")
}

// outgrow returns the command that makes projects.
func outgrow(t *testing.T) string {
	t.Helper()
	return once(t, "outgrow", func(dir string) string {
		binary := filepath.Join(dir, "outgrow")
		must(t, "..", "go", "build", "-o", binary, ".")
		return binary
	})
}

// project returns the binary of a project that was made for the purpose.
func project(t *testing.T) string {
	t.Helper()
	made := outgrow(t)
	return once(t, "shop", func(dir string) string {
		must(t, ".", made, "new", dir, "--module", "example.com/shop", "--service", shop)
		binary := filepath.Join(dir, "bin", "shop")
		must(t, dir, "go", "build", "-o", binary, ".")
		return binary
	})
}

// projectWithCache is project with a cache, which its stores may be read through.
func projectWithCache(t *testing.T) string {
	t.Helper()
	made := outgrow(t)
	return once(t, "cachedshop", func(dir string) string {
		must(t, ".", made, "new", dir, "--module", "example.com/shop", "--service", shop, "--with", "cache=memory,redis,near")
		binary := filepath.Join(dir, "bin", "shop")
		must(t, dir, "go", "build", "-o", binary, ".")
		return binary
	})
}

func must(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}
