package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/bench/paired"
)

// costRows tell what a part of a project costs: they compare it with itself without, with
// the collector told to run less often, or with what does nothing beside answering.
var costRows = []paired.Row{
	without("access-log", "get", "no line in the log for each request", kitWith(nil, "log.access=false")),
	without("bare", "get", "by hand, without ID, timeout, log and metrics of requests", byHandBare),
	without("bare", "list", "by hand, without ID, timeout, log and metrics of requests", byHandBare),
	without("bare", "post", "by hand, without ID, timeout, log and metrics of requests; only inserts", byHandBare),
	without("collector", "get", "`GOGC=800`", kitWith([]string{"GOGC=800"})),
	without("collector", "list", "`GOGC=800`", kitWith([]string{"GOGC=800"})),
	without("collector", "post", "`GOGC=800`", kitWith([]string{"GOGC=800"})),
}

func without(part, send, how string, other contender) paired.Row {
	return paired.Row{
		Name: "cost-" + part + "-" + send, Title: strings.ToUpper(send) + ", SQLite", B: how,
		Lines: []paired.Line{{Figure: perSecond}, {Figure: instructionsEach, May: true}, {Figure: memory}},
		Open:  onSQLite(outgrown, other, traffic{send: send}),
	}
}

// idle returns a round that starts the contender and leaves it alone.
func idle(c contender) paired.Round {
	return func(t *testing.T, d time.Duration) paired.Figures {
		t.Helper()
		binary := c.binary(t)
		info, err := os.Stat(binary)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		p := launch(t, c, "")
		started := time.Since(began)
		p.check(t)
		p.calm(t)
		before := p.cpu(t)
		time.Sleep(d) // over which it is measured
		spent := p.cpu(t) - before
		return paired.Figures{
			memory:      p.memory(t),
			"binary MB": float64(info.Size()) / (1 << 20),
			"start ms":  started.Seconds() * 1000,
			"CPU ms/s":  spent.Seconds() * 1000 / d.Seconds(),
		}
	}
}

// firstAnswer measures from an empty folder to the first answer: cold, when Go has
// compiled nothing yet (its modules are there), and warm, when it has compiled a
// project before. Both use all cores, as they would.
func firstAnswer(t *testing.T) paired.Sides {
	if testing.Short() {
		t.Skip("compiles SQLite from nothing; not with -short")
	}
	cache := t.TempDir()
	round := func(t *testing.T, _ time.Duration) paired.Figures {
		t.Helper()
		made := outgrow(t)
		dir := filepath.Join(t.TempDir(), "shop")
		began := time.Now()
		must(t, ".", made, "new", dir, "--module", "example.com/shop", "--service", shop)
		scaffolded := time.Since(began)
		binary := filepath.Join(dir, "bin", "shop")
		build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
		build.Dir = dir
		build.Env = append(os.Environ(), "GOWORK=off", "GOCACHE="+cache, "GOPROXY=off")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, out)
		}
		built := time.Since(began)
		p := launch(t, contender{binary: func(*testing.T) string { return binary }, args: outgrown.args}, "")
		p.check(t)
		all := time.Since(began)
		return paired.Figures{
			"new s":              scaffolded.Seconds(),
			"build s":            (built - scaffolded).Seconds(),
			"start and answer s": (all - built).Seconds(),
			"all s":              all.Seconds(),
		}
	}
	return paired.Sides{A: round, B: round}
}
