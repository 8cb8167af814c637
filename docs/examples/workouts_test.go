// Package examples builds services out of what their owners have written by hand.
package examples

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// project is a project, and the command that made it.
type project struct {
	*testing.T
	command, dir string
}

// run runs a command in the project, without the network.
func (p project) run(name string, args ...string) {
	p.Helper()
	cmd := exec.CommandContext(p.Context(), name, args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly -trimpath -ldflags=-w", "GOWORK=off", "TEST_CONTAINERS=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		p.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
}

// remove removes what a new project has and this one has otherwise.
func (p project) remove(paths ...string) {
	p.Helper()
	for _, path := range paths {
		if err := os.RemoveAll(filepath.Join(p.dir, path)); err != nil {
			p.Fatal(err)
		}
	}
}

// TestWorkouts builds the example of workouts.md as the page says, runs its tests, and holds
// the page to how many lines were written by hand.
func TestWorkouts(t *testing.T) {
	dir := t.TempDir()
	p := project{t, filepath.Join(dir, "outgrow"), "../.."}
	p.run("go", "build", "-o", p.command, ".")
	p.dir = dir
	p.run(p.command, "new", "workouts", "--module", "example.com/workouts", "--with", "store=sqlite", "--with", "bus=channels", "--with", "auth=file",
		"--service", "hour at:time", "--service", "training at:time", "--service", "user name:string")
	p.dir = filepath.Join(dir, "workouts")
	p.run(p.command, "add", "config", "hours.weeks=6 # how many weeks ahead there are hours",
		"hours.first=12 # the first hour of a day, in UTC", "hours.last=20 # the last hour of a day, in UTC")
	p.remove("domain", "ports", "app", "adapters", "outgrow.lock", "wiring_gen.go", "main.go", "config.go")
	if err := os.CopyFS(p.dir, os.DirFS("testdata/workouts")); err != nil {
		t.Fatal(err)
	}
	p.run(p.command, "generate")
	p.run(p.command, "check")
	p.run("go", "vet", "./...")
	p.run("go", "test", "./app", "./domain/...", "./adapters/memory", "./adapters/sqlite", ".")

	code, tests := p.handwritten()
	page, err := os.ReadFile("workouts.md")
	if err != nil {
		t.Fatal(err)
	}
	if row := fmt.Sprintf("| on outgrow | %d | %d |", code, tests); !strings.Contains(strings.ReplaceAll(string(page), ",", ""), row) {
		t.Errorf("workouts.md does not have the row %s", row)
	}

	// A new field is one line in one file.
	p.replace("domain/training/training.go", "\tNotes string\n", "\tNotes string\n\tPlace *string\n")
	p.run(p.command, "generate")
	p.run(p.command, "check")
	p.run("go", "vet", "./...")
	p.run("go", "test", "./app", "./domain/...", "./adapters/memory", "./adapters/sqlite")
}

var notByHand = regexp.MustCompile(`^kit/|_gen(_test)?\.go$`)

// handwritten returns how many lines of Go are the owner's, and how many of tests.
func (p project) handwritten() (code, tests int) {
	p.Helper()
	files := os.DirFS(p.dir)
	err := fs.WalkDir(files, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".go" || notByHand.MatchString(name) {
			return err
		}
		data, err := fs.ReadFile(files, name)
		lines := strings.Count(string(data), "\n")
		if strings.HasSuffix(name, "_test.go") {
			tests += lines
		} else {
			code += lines
		}
		return err
	})
	if err != nil {
		p.Fatal(err)
	}
	return code, tests
}

// replace replaces a text that a file has.
func (p project) replace(name, before, after string) {
	p.Helper()
	path := filepath.Join(p.dir, filepath.FromSlash(name))
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), before) {
		p.Fatalf("%s does not have %q: %v", name, before, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(data), before, after, 1)), 0o600); err != nil {
		p.Fatal(err)
	}
}
