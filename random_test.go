package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/outgrowkit/outgrow/domain/blueprint"
)

var randomProjects = flag.Int("random", 1, "how many projects TestRandomProjects builds")

// pieces are parts of names: words, capitals, numbers, and names that are used elsewhere.
var pieces = strings.Fields("order item id URL http x 2 9 a B api type func store log new created person s test linux json SKU data key café 1st")

// serviceText generates texts for services, not all of them valid.
var serviceText = rapid.Custom(func(t *rapid.T) string {
	name := rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 3).Draw(t, "parts")
		return strings.Join(parts, rapid.SampledFrom([]string{"_", "-", ""}).Draw(t, "between"))
	})
	base := rapid.SampledFrom(blueprint.Bases)
	text := name.Draw(t, "service")
	for range rapid.IntRange(1, 8).Draw(t, "fields") {
		typ := base.Draw(t, "type")
		if typ == "enum" {
			typ += ":" + strings.Join(rapid.SliceOfN(name, 1, 3).Draw(t, "values"), ",")
		} else if rapid.Bool().Draw(t, "list") {
			typ = "[]" + typ
		}
		if rapid.Bool().Draw(t, "optional") {
			typ += "?"
		}
		text += " " + name.Draw(t, "field") + ":" + typ
	}
	return text
})

// TestRandomProjects shows that services are either refused, or accepted and give a
// project that builds and has no stale files.
func TestRandomProjects(t *testing.T) {
	built, refused := 0, 0
	for seed := 1; built < *randomProjects; seed++ {
		dir := t.TempDir()
		args := []string{"new", "shop", "--module", "example.com/shop", "--with", "bus=channels", "--with", "store=sqlite"}
		for _, text := range accepted(t, dir, rapid.SliceOfN(serviceText, 20, 40).Example(seed), &refused) {
			args = append(args, "--service", text)
		}
		run(t, dir, "outgrow", args...)
		shop := filepath.Join(dir, "shop")
		run(t, shop, "outgrow", "generate", "--check")
		run(t, shop, "go", "vet", "./...")
		built++
	}
	t.Logf("%d projects built, %d services refused", built, refused)
}

// accepted returns the first few services that can be in one project, and counts those
// that are refused.
func accepted(t *testing.T, dir string, texts []string, refused *int) []string {
	t.Helper()
	var taken []string
	for _, text := range texts {
		if len(taken) == 6 {
			break
		}
		args := []string{"new", "shop", "--module", "example.com/shop", "--dry-run"}
		for _, s := range append(taken, text) {
			args = append(args, "--service", s)
		}
		cmd := exec.CommandContext(t.Context(), "outgrow", args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		switch code := cmd.ProcessState.ExitCode(); {
		case err == nil:
			taken = append(taken, text)
		case code != 2 || !strings.HasPrefix(string(out), "outgrow: "):
			t.Errorf("%q: exit code %d: %s", text, code, out)
		default:
			*refused++
		}
	}
	return taken
}

// run runs a command that must succeed.
func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly -trimpath")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", fmt.Sprintf("%s %q", name, args), err, out)
	}
}
