package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// createAnew writes the files to a new folder, which is then renamed to this one. Missing
// parent folders are part of it, so that a single renaming does everything.
func (f *Folder) createAnew(files []plan.File) (err error) {
	above, missing, err := above(f.dir)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(above)
	if err != nil {
		return plan.Refuse(err)
	}
	c := &change{root: root, do: f.steps(root)}
	defer func() { err = errors.Join(err, c.release(), root.Close()) }()
	if err := c.newStage(); err != nil {
		return err
	}
	top, rest, _ := strings.Cut(missing, "/")
	err = writeAll(c.do, path.Join(c.stage, rest), files)
	if err == nil {
		err = c.becomes(top)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%w; nothing was written", err), c.discard())
	}
	_ = c.do.Flush(".") // the project exists, even if flushing fails
	return nil
}

// above returns the nearest parent folder that exists, and the path from there with
// slashes.
func above(dir string) (above, missing string, err error) {
	target, err := filepath.Abs(dir)
	if err != nil {
		return "", "", err
	}
	above, missing = filepath.Dir(target), filepath.Base(target)
	for !exists(above) {
		missing = path.Join(filepath.Base(above), missing)
		above = filepath.Dir(above)
	}
	return above, missing, nil
}

// writeAll creates a folder and writes files to it.
func writeAll(do steps, dir string, files []plan.File) error {
	var names []string
	for _, f := range files {
		if !isOwn(f.Path) {
			return fmt.Errorf("%q is not a path within a project", f.Path)
		}
		name := path.Join(dir, f.Path)
		if err := makeFolders(do, path.Dir(name)); err != nil {
			return cannotWrite(f.Path, err)
		}
		if err := do.Write(filepath.FromSlash(name), f.Data, mode(f)); err != nil {
			return cannotWrite(f.Path, err)
		}
		names = append(names, name)
	}
	return do.Flush(append(names, foldersOf(names)...)...)
}

// becomes renames the stage to a name that is not in use.
func (c *change) becomes(name string) error {
	if _, err := c.root.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return plan.Refuse(fmt.Errorf("%s was created in the meantime", name))
	}
	return cannotWrite(name, c.do.Rename(c.stage, name))
}

// exists reports whether something has the name, even a dangling link.
func exists(name string) bool {
	_, err := os.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// tidyAbove removes stages that killed processes left next to a folder that they were
// about to create. Stages that cannot be removed do no harm.
func tidyAbove(dir string) {
	above, _, err := above(dir)
	if err != nil {
		return
	}
	root, err := os.OpenRoot(above)
	if err != nil {
		return
	}
	defer func() { _ = root.Close() }() // nothing was written through it
	stages, _ := stagesIn(root)
	for _, stage := range stages {
		held, err := holdStage(root, stage)
		if err != nil {
			continue
		}
		if c, state, err := readStage(root, stage); err == nil && state == "" {
			c.do = real{root}
			_ = c.discard()
		}
		_ = held.Close()
	}
}
