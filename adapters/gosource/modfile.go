package gosource

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/outgrowkit/outgrow/domain/conflict"
)

// goCommand is how the go command is run for a project.
type goCommand struct {
	dir   string
	flags []string
}

// newGoCommand returns the go command for a project whose files are given, in dir. Where
// git has left its module files there in conflict, those of the files are read instead,
// until done is called.
func newGoCommand(files fs.FS, dir string) (g goCommand, done func(), err error) {
	g = goCommand{dir: dir}
	if dir == "" || !inConflict(filepath.Join(dir, "go.mod")) && !inConflict(filepath.Join(dir, "go.sum")) {
		return g, func() {}, nil
	}
	temp, err := os.MkdirTemp("", "outgrow-")
	if err != nil {
		return g, func() {}, err
	}
	done = func() { _ = os.RemoveAll(temp) } // it is the system's to tidy up
	for _, name := range []string{"go.mod", "go.sum"} {
		data, readErr := fs.ReadFile(files, name)
		if errors.Is(readErr, fs.ErrNotExist) {
			continue
		}
		err = errors.Join(err, readErr, os.WriteFile(filepath.Join(temp, name), data, 0o600))
	}
	if err != nil {
		done()
	}
	g.flags = []string{"-modfile=" + filepath.Join(temp, "go.mod")}
	return g, done, err
}

// inConflict reports whether a file on the disk has conflicts.
func inConflict(name string) bool {
	data, err := os.ReadFile(name)
	return err == nil && conflict.In(data)
}
