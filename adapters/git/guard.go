// Package git asks git what it has not kept yet.
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

// Guarded is a folder in which no file is replaced or removed that has uncommitted
// changes: what is written could not be told from them afterwards.
//
// A file that git does not track stands in nobody's way, since there is nothing to
// tell it from: so it is with all of a project that was just made.
type Guarded struct {
	ports.Folder

	ctx    context.Context //nolint:containedctx // it is of the one command that the folder is opened for
	dir    string
	exempt func(name string) bool
}

// Guard returns the folder, which is dir on the disk, guarded but for the files that
// are exempt. Where git is not installed, or dir is in no checkout, nothing is.
func Guard(ctx context.Context, folder ports.Folder, dir string, exempt func(name string) bool) Guarded {
	return Guarded{Folder: folder, ctx: ctx, dir: dir, exempt: exempt}
}

// DirtyError names files with uncommitted changes.
type DirtyError []string

// Error names them.
func (d DirtyError) Error() string {
	has := "has"
	if len(d) > 1 {
		has = "have"
	}
	return fmt.Sprintf("%s %s uncommitted changes", strings.Join(d, ", "), has)
}

// Update is that of the folder, unless a file has uncommitted changes (DirtyError).
func (g Guarded) Update(files []plan.File, remove []string) error {
	replaced, err := g.replaced(files, remove)
	if err != nil {
		return err
	}
	if dirty := uncommitted(g.ctx, g.dir, replaced); len(dirty) > 0 {
		return DirtyError(dirty)
	}
	return g.Folder.Update(files, remove)
}

// replaced returns the paths of what is there, would be different, and is not
// exempt.
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

// uncommitted returns those of the paths within dir that git tracks and that are
// not as they were committed. Without git there are none.
func uncommitted(ctx context.Context, dir string, paths []string) []string {
	if len(paths) == 0 {
		return nil
	}
	prefix, err := run(ctx, dir, "rev-parse", "--show-prefix")
	if err != nil {
		return nil
	}
	status, err := run(ctx, dir, append([]string{"status", "--porcelain", "-z", "--no-renames", "--untracked-files=no", "--"}, paths...)...)
	if err != nil {
		return nil
	}
	var dirty []string
	for line := range strings.SplitSeq(status, "\x00") {
		if len(line) > len("XY ") {
			dirty = append(dirty, strings.TrimPrefix(line[len("XY "):], strings.TrimSuffix(prefix, "\n")))
		}
	}
	return dirty
}

// run returns what git prints.
func run(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := gitCommand(ctx, dir, args...).Output()
	return string(out), err
}

// gitCommand returns a command of git, which takes paths as they are, runs nothing that
// the checkout is configured with, fetches nothing and writes nothing.
func gitCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "core.fsmonitor=false"}, args...)...) //nolint:gosec // they are written above
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_LITERAL_PATHSPECS=1", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1")
	return cmd
}
