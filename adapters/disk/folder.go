// Package disk writes projects to the disk.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Folder is a folder on disk. Nothing is written outside it, not even through symbolic
// links.
//
// A process that is killed while it writes leaves a folder .outgrow-… in this folder or,
// if this folder is new, next to it. The next process that locks or changes the folder
// finishes a committed change, or undoes it if one of its files was changed by somebody
// else since; until then, Files shows the outcome.
type Folder struct {
	dir   string
	seen  *plan.Seen
	held  *os.File // the folder, locked
	steps func(*os.Root) steps
}

// Open returns the folder with the path, which need not exist.
func Open(dir string) *Folder {
	return &Folder{dir: dir, seen: &plan.Seen{}, steps: func(r *os.Root) steps { return real{r} }}
}

// Files returns the current files. A file that was read must not have changed when it is
// replaced.
func (f *Folder) Files() fs.FS { return f.seen.Of(f.asFinished(ordinary{os.DirFS(f.dir)})) }

// Create creates a project with the files: see ports.Folder.
func (f *Folder) Create(files []plan.File) error {
	entries, err := f.Entries()
	if err != nil {
		return err
	}
	tidyAbove(f.dir)
	if entries == nil {
		return f.createAnew(files)
	}
	return f.locked(func() error {
		entries, err := f.Entries()
		if err != nil {
			return err
		}
		if files, err = plan.Room(f.dir, entries, files); err != nil {
			return err
		}
		for _, file := range files {
			f.seen.Note(file.Path, "")
		}
		return f.change(files, nil)
	})
}

// Update writes the files and removes others: see ports.Folder.
func (f *Folder) Update(files []plan.File, remove []string) error {
	return f.locked(func() error { return f.change(files, remove) })
}

// change changes the folder, which must be locked.
func (f *Folder) change(files []plan.File, remove []string) (err error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return err
	}
	c := &change{root: root, do: f.steps(root)}
	defer func() { err = errors.Join(err, c.release(), root.Close()) }()
	err = c.prepare(withEnds(root.FS(), files), remove, f.seen)
	if err == nil {
		err = c.commit()
	}
	if half, ok := errors.AsType[halfError](err); ok {
		return fmt.Errorf("%w\nthe next outgrow command in this folder will finish or undo the change", half)
	}
	if err != nil {
		return fmt.Errorf("%w; nothing was written", err)
	}
	for _, e := range c.Entries {
		f.seen.Note(e.Path, e.After)
	}
	return nil
}

// Entries returns the names of the entries of the folder, without stages, or nil if it
// does not exist. It refuses anything but a folder (plan.Refusal).
func (f *Folder) Entries() ([]string, error) {
	info, err := os.Lstat(f.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, plan.Refuse(err)
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, plan.Refuse(fmt.Errorf("%s is a symbolic link; use the folder itself", f.dir))
	case !info.IsDir():
		return nil, plan.Refuse(fmt.Errorf("%s is not a folder", f.dir))
	}
	entries, err := fs.ReadDir(f.asFinished(os.DirFS(f.dir)), ".")
	if err != nil {
		return nil, plan.Refuse(err)
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		if !stageName.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
