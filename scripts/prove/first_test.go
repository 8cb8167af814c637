package prove

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

var timings = flag.Bool("timings", false, "print the times that TestFirstAnswer and TestHundredthDay take, which takes minutes")

// TestFirstAnswer prints the time from an empty folder to the first answered
// request: cold, when Go has compiled nothing yet (its modules are there), and
// warm, when it has compiled a project before.
func TestFirstAnswer(t *testing.T) {
	if !*timings {
		t.Skip("compiles SQLite from nothing; only with -timings")
	}
	cache := t.TempDir()
	for _, state := range []string{"cold", "warm"} {
		began := time.Now()
		dir := filepath.Join(t.TempDir(), "shop")
		command(t, ".", outgrow, "new", dir, "--module", "example.com/shop")
		scaffolded := time.Since(began)
		binary := filepath.Join(dir, "shop")
		build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
		build.Dir = dir
		build.Env = append(os.Environ(), "GOCACHE="+cache, "GOPROXY=off", "GOFLAGS=-mod=readonly") // as its owner builds it
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, out)
		}
		built := time.Since(began)
		s := start(t, binary, t.TempDir(), freeAddr(t))
		var first string
		for path := range s.collections(t) {
			first = path
		}
		s.must(t, http.StatusOK, http.MethodGet, first, "")
		fmt.Printf("first answer, %s: new %.2f s, build %.1f s, start and answer %.2f s; in all %.1f s\n",
			state, scaffolded.Seconds(), (built - scaffolded).Seconds(), (time.Since(began) - built).Seconds(), time.Since(began).Seconds())
		s.stop(t)
	}
}
