// Package disk writes projects to the disk.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

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
func (f Folder) Files() fs.FS { return ordinary{os.DirFS(f.dir)} }

// Create makes a project of the files: see ports.Folder. Interrupted, it leaves
// a folder .outgrow-… at most, in this one or, where there was none, beside it.
func (f Folder) Create(files []plan.File) error {
	entries, err := f.Entries()
	if err != nil {
		return err
	}
	if entries == nil {
		return f.createAnew(files)
	}
	if files, err = plan.Room(f.dir, entries, files); err != nil {
		return err
	}
	return f.createWithin(files)
}

// Entries returns the names of what is in the folder; nil if there is none. What
// is no folder is refused (plan.Refusal).
func (f Folder) Entries() ([]string, error) {
	info, err := os.Lstat(f.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, plan.Refuse(err)
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, plan.Refuse(fmt.Errorf("%s is a symbolic link; name the folder itself", f.dir))
	case !info.IsDir():
		return nil, plan.Refuse(fmt.Errorf("%s is not a folder", f.dir))
	}
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, plan.Refuse(err)
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}
