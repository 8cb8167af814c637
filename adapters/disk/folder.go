// Package disk writes projects to the disk.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Folder is a folder of the disk. Nothing is written outside of it, also where
// symbolic links lead there.
type Folder struct {
	dir string
}

// Open returns the folder at a path; it need not exist.
func Open(dir string) Folder { return Folder{dir: dir} }

// Files returns the folder as it is.
func (f Folder) Files() fs.FS { return os.DirFS(f.dir) }

// Create makes a project of the files: see ports.Folder.
func (f Folder) Create(files []plan.File) error {
	there, err := f.entries()
	if err != nil {
		return err
	}
	if there == nil {
		return f.createBeside(files)
	}
	if err := refuse(f.dir, there); err != nil {
		return err
	}
	files = slices.DeleteFunc(slices.Clone(files), func(p plan.File) bool { return slices.Contains(there, p.Path) })
	return f.createWithin(files)
}

// entries returns the names of what is in the folder; nil if there is none.
func (f Folder) entries() ([]string, error) {
	info, err := os.Lstat(f.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, fmt.Errorf("%s is a symbolic link; name the folder itself", f.dir)
	case !info.IsDir():
		return nil, fmt.Errorf("%s is not a folder", f.dir)
	}
	entries, err := os.ReadDir(f.dir)
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// refuse returns an error that names what keeps a project from being made in a
// folder with the entries.
func refuse(dir string, entries []string) error {
	var others []string
	for _, name := range entries {
		stem := strings.ToUpper(strings.TrimSuffix(name, path.Ext(name)))
		if name != ".git" && !slices.Contains([]string{"LICENSE", "LICENCE", "COPYING", "README"}, stem) {
			others = append(others, name)
		}
	}
	if len(others) == 0 {
		return nil
	}
	more := ""
	if len(others) > 3 {
		more = fmt.Sprintf(" and %d more", len(others)-3)
		others = others[:3]
	}
	return fmt.Errorf("%s is not empty: it holds %s%s", dir, strings.Join(others, ", "), more)
}

// createBeside writes the files to a new folder beside this one, which then gets
// its name.
func (f Folder) createBeside(files []plan.File) error {
	parent := filepath.Dir(filepath.Clean(f.dir))
	if err := os.MkdirAll(parent, 0o755); err != nil { //nolint:gosec // a project is for others to read
		return err
	}
	stage, err := os.MkdirTemp(parent, ".new-*")
	if err != nil {
		return err
	}
	if err := writeAll(stage, files); err != nil {
		return errors.Join(err, os.RemoveAll(stage))
	}
	if err := os.Rename(stage, f.dir); err != nil {
		return errors.Join(err, os.RemoveAll(stage))
	}
	return os.Chmod(f.dir, 0o755) //nolint:gosec // a project is for others to read
}

// createWithin writes the files to a new folder within this one and moves them
// up, one after another. If one cannot be moved, those before it are removed.
func (f Folder) createWithin(files []plan.File) (err error) {
	stage, err := os.MkdirTemp(f.dir, ".new-*")
	if err != nil {
		return err
	}
	var moved []string
	defer func() {
		if err != nil {
			for _, name := range moved {
				err = errors.Join(err, os.RemoveAll(filepath.Join(f.dir, name)))
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
		if err := os.Rename(filepath.Join(stage, e.Name()), filepath.Join(f.dir, e.Name())); err != nil {
			return err
		}
		moved = append(moved, e.Name())
	}
	return nil
}

// Update writes the files and removes others: see ports.Folder. Each file is
// written beside its place and renamed into it.
func (f Folder) Update(files []plan.File, remove []string) error {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // it was only read
	for i, file := range files {
		if err := replace(root, file); err != nil {
			return fmt.Errorf("%w (%d of %d files are written)", err, i, len(files))
		}
	}
	for _, name := range remove {
		if err := root.Remove(filepath.FromSlash(name)); err != nil {
			return err
		}
	}
	return nil
}

func replace(root *os.Root, file plan.File) error {
	temporary := file
	temporary.Path = path.Join(path.Dir(file.Path), ".new-"+path.Base(file.Path))
	if err := write(root, temporary); err != nil {
		return errors.Join(err, root.RemoveAll(filepath.FromSlash(temporary.Path)))
	}
	return root.Rename(filepath.FromSlash(temporary.Path), filepath.FromSlash(file.Path))
}

func writeAll(dir string, files []plan.File) error {
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
	mode := fs.FileMode(0o644)
	if file.Executable {
		mode = 0o755
	}
	name := filepath.FromSlash(file.Path)
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return root.WriteFile(name, file.Data, mode)
}
