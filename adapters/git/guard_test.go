package git

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/disk"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// checkout returns the folder of a project in a checkout in which kept.go, "b c.go",
// staged.go, gone.go and derived.go are committed.
func checkout(t *testing.T) (dir string) {
	t.Helper()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
	base := t.TempDir()
	dir = filepath.Join(base, "pro ject")
	for _, name := range []string{"kept.go", "b c.go", "staged.go", "gone.go", "derived.go"} {
		put(t, dir, name, "old")
	}
	command(t, base, "init", "-q")
	command(t, base, "add", "-A")
	command(t, base, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "-qm", "old")
	return dir
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func command(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func update(t *testing.T, dir string) error {
	t.Helper()
	var files []plan.File
	for _, name := range []string{"kept.go", "b c.go", "staged.go", "derived.go", "untracked.go", "new.go", "same.go"} {
		files = append(files, plan.File{Path: name, Data: []byte("new")})
	}
	exempt := func(name string) bool { return name == "derived.go" }
	return Guard(t.Context(), disk.Open(dir), dir, exempt).Update(files, []string{"gone.go"})
}

func TestGuard(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(t *testing.T, dir string)
		want []string
	}{
		"as committed":  {func(*testing.T, string) {}, nil},
		"edited":        {func(t *testing.T, dir string) { put(t, dir, "b c.go", "mine") }, []string{"b c.go"}},
		"to be removed": {func(t *testing.T, dir string) { put(t, dir, "gone.go", "mine") }, []string{"gone.go"}},
		"staged": {func(t *testing.T, dir string) {
			put(t, dir, "staged.go", "mine")
			command(t, dir, "add", "staged.go")
		}, []string{"staged.go"}},
		"two": {func(t *testing.T, dir string) {
			put(t, dir, "kept.go", "mine")
			put(t, dir, "b c.go", "mine")
		}, []string{"b c.go", "kept.go"}},
		"derived":       {func(t *testing.T, dir string) { put(t, dir, "derived.go", "mine") }, nil},
		"untracked":     {func(t *testing.T, dir string) { put(t, dir, "untracked.go", "mine") }, nil},
		"another":       {func(t *testing.T, dir string) { put(t, dir, "another.go", "mine") }, nil},
		"no difference": {func(t *testing.T, dir string) { put(t, dir, "kept.go", "new") }, nil},
		"no checkout": {func(t *testing.T, dir string) {
			put(t, dir, "kept.go", "mine")
			if err := os.RemoveAll(filepath.Join(filepath.Dir(dir), ".git")); err != nil {
				t.Fatal(err)
			}
		}, nil},
		"no git": {func(t *testing.T, dir string) {
			put(t, dir, "kept.go", "mine")
			t.Setenv("PATH", t.TempDir())
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := checkout(t)
			c.edit(t, dir)
			err := update(t, dir)
			dirty, _ := errors.AsType[DirtyError](err)
			if !slices.Equal(dirty, c.want) || c.want == nil && err != nil {
				t.Fatalf("%v, want %v", err, c.want)
			}
			data, err := os.ReadFile(filepath.Join(dir, "new.go"))
			if (err == nil) != (c.want == nil) {
				t.Errorf("new.go holds %q: %v", data, err)
			}
		})
	}
}

// TestGuardWhereGitFails shows that files are not replaced where git could not tell
// whether they have uncommitted changes.
func TestGuardWhereGitFails(t *testing.T) {
	dir := checkout(t)
	put(t, dir, "kept.go", "mine")
	t.Setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
	err := update(t, dir)
	_, refused := errors.AsType[plan.Refusal](err)
	if !refused || !strings.Contains(err.Error(), "dubious ownership") || !strings.Contains(err.Error(), "--allow-dirty") {
		t.Errorf("%v", err)
	}
}

// TestGuardRunsNothing shows that programs configured by a checkout are not run.
func TestGuardRunsNothing(t *testing.T) {
	dir := checkout(t)
	ran := filepath.Join(t.TempDir(), "ran")
	command(t, dir, "config", "core.fsmonitor", "touch "+ran+"; false")
	put(t, dir, "kept.go", "mine")
	if err := update(t, dir); err == nil {
		t.Error("it was written")
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a program configured by the checkout was run")
	}
}
