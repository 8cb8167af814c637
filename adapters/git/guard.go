// Package git protects files with uncommitted changes.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

// Guarded is a folder that refuses to replace or remove files with uncommitted changes,
// because the changes could not be told apart afterwards.
//
// Untracked files do not count, because they have no committed version to compare with.
// In a new project, all files are untracked.
type Guarded struct {
	ports.Folder

	ctx    context.Context //nolint:containedctx // the folder is opened for a single command
	dir    string
	exempt func(name string) bool
}

// Guard returns the folder, which is dir on disk, guarded except for exempt files. If git
// is not installed, or dir is not in a checkout, nothing is guarded.
func Guard(ctx context.Context, folder ports.Folder, dir string, exempt func(name string) bool) Guarded {
	return Guarded{Folder: folder, ctx: ctx, dir: dir, exempt: exempt}
}

// DirtyError names files with uncommitted changes.
type DirtyError []string

// Error names the files.
func (d DirtyError) Error() string {
	has := "has"
	if len(d) > 1 {
		has = "have"
	}
	return fmt.Sprintf("%s %s uncommitted changes", strings.Join(d, ", "), has)
}

// Update updates the folder, unless a file has uncommitted changes (DirtyError), or git
// cannot tell (plan.Refusal).
func (g Guarded) Update(files []plan.File, remove []string) error {
	replaced, err := g.replaced(files, remove)
	if err != nil {
		return err
	}
	dirty, err := uncommitted(g.ctx, g.dir, replaced)
	if err != nil {
		return plan.Refuse(fmt.Errorf("git cannot tell which files have uncommitted changes: %w; fix that, or add --allow-dirty", err))
	}
	if len(dirty) > 0 {
		return DirtyError(dirty)
	}
	return g.Folder.Update(files, remove)
}

// replaced returns the paths of existing files that would change and are not exempt.
func (g Guarded) replaced(files []plan.File, remove []string) ([]string, error) {
	var names []string
	for _, f := range files {
		if g.exempt(f.Path) {
			continue
		}
		there, err := fs.ReadFile(g.Files(), f.Path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err == nil && !bytes.Equal(there, f.Data) {
			names = append(names, f.Path)
		}
	}
	for _, name := range remove {
		if !g.exempt(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// uncommitted returns the paths within dir that git tracks and that have uncommitted
// changes. Without git, or outside a checkout, there are none.
func uncommitted(ctx context.Context, dir string, paths []string) ([]string, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	prefix, err := run(ctx, dir, "rev-parse", "--show-prefix")
	if errors.Is(err, exec.ErrNotFound) || err != nil && strings.Contains(err.Error(), "not a git repository") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	status, err := run(ctx, dir, append([]string{"status", "--porcelain", "-z", "--no-renames", "--untracked-files=no", "--"}, paths...)...)
	if err != nil {
		return nil, err
	}
	var dirty []string
	for line := range strings.SplitSeq(status, "\x00") {
		if len(line) > len("XY ") {
			dirty = append(dirty, strings.TrimPrefix(line[len("XY "):], strings.TrimSuffix(prefix, "\n")))
		}
	}
	return dirty, nil
}

// run runs git and returns its output. The error has the first line that git printed.
func run(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := gitCommand(ctx, dir, args...).Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		said, _, _ := strings.Cut(string(failed.Stderr), "\n")
		err = errors.New(said)
	}
	return string(out), err
}

// gitCommand returns a git command that takes paths literally, speaks English, runs no
// program that the checkout configures, fetches nothing and writes nothing.
func gitCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "core.fsmonitor=false"}, args...)...) //nolint:gosec // they are written above
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_LITERAL_PATHSPECS=1", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "LC_ALL=C")
	return cmd
}
