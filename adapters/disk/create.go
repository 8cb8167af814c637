package disk

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// createAnew writes the files to a new folder, which then gets this one's name.
// Folders above that are missing as well come with it, so that one renaming does
// all.
func (f Folder) createAnew(files []plan.File) error {
	target, err := filepath.Abs(f.dir)
	if err != nil {
		return err
	}
	missing, within := target, "."
	for parent := filepath.Dir(missing); !exists(parent); parent = filepath.Dir(parent) {
		within = filepath.Join(filepath.Base(missing), within)
		missing = parent
	}
	stage, err := newStage(filepath.Dir(missing))
	if err != nil {
		return err
	}
	if err := writeAll(filepath.Join(stage, within), files); err != nil {
		return errors.Join(err, os.RemoveAll(stage))
	}
	if err := rename(stage, missing); err != nil {
		return errors.Join(err, os.RemoveAll(stage))
	}
	return nil
}

// createWithin writes the files to a new folder within this one and moves them
// up, one after another. If one cannot be moved, those before it are removed.
func (f Folder) createWithin(files []plan.File) (err error) {
	stage, err := newStage(f.dir)
	if err != nil {
		return err
	}
	var moved []string
	defer func() {
		if err != nil {
			for _, name := range moved {
				err = errors.Join(err, os.RemoveAll(name))
			}
		}
		err = errors.Join(err, os.RemoveAll(stage))
	}()
	if err := writeAll(stage, files); err != nil {
		return err
	}
	entries, err := os.ReadDir(stage)
	if err != nil {
		return err
	}
	for _, e := range entries {
		to := filepath.Join(f.dir, e.Name())
		if err := rename(filepath.Join(stage, e.Name()), to); err != nil {
			return err
		}
		moved = append(moved, to)
	}
	return nil
}

// newStage makes a folder to write to before anything gets its name.
func newStage(parent string) (string, error) {
	stage := filepath.Join(parent, ".outgrow-"+rand.Text())
	err := os.Mkdir(stage, 0o755) //nolint:gosec // a project is for others to read
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		err = fmt.Errorf("%s: nothing can be made in it: %w", parent, failed.Err)
	}
	return stage, plan.Refuse(err)
}

// rename gives a file or folder a name that nothing has.
func rename(from, to string) error {
	if exists(to) {
		return fmt.Errorf("%s has come into being meanwhile", to)
	}
	return os.Rename(from, to)
}

// exists reports whether there is something of the name, be it a link that leads
// nowhere.
func exists(name string) bool {
	_, err := os.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// writeAll writes the files to a folder, which it makes if there is none.
func writeAll(dir string, files []plan.File) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a project is for others to read
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := write(root, file); err != nil {
			return errors.Join(err, root.Close())
		}
	}
	return root.Close()
}

func write(root *os.Root, file plan.File) error {
	name := filepath.FromSlash(file.Path)
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return root.WriteFile(name, file.Data, mode(file))
}

func mode(file plan.File) fs.FileMode {
	if file.Executable {
		return 0o755
	}
	return 0o644
}
