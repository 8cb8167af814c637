package disk

import (
	"fmt"
	"io/fs"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// largest is the maximum size in bytes of a file that is read: far more than anybody
// writes by hand, and little enough to be held in memory.
const largest = 16 << 20

// ordinary is a file system that opens only folders and regular files, not devices or
// anything else without an end.
type ordinary struct{ fs.FS }

// Open opens a file or folder, or refuses it (plan.Refusal).
func (o ordinary) Open(name string) (fs.File, error) {
	info, err := fs.Stat(o.FS, name)
	switch {
	case err != nil:
		return nil, err
	case !info.IsDir() && !info.Mode().IsRegular():
		return nil, plan.Refuse(fmt.Errorf("%s is not a regular file", name))
	case info.Mode().IsRegular() && info.Size() > largest:
		return nil, plan.Refuse(fmt.Errorf("%s has %d MB; a file can have at most %d MB", name, info.Size()>>20, largest>>20))
	}
	return o.FS.Open(name)
}

// ReadDir returns the entries of a folder.
func (o ordinary) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(o.FS, name) }

// Stat describes a file, which need not be regular.
func (o ordinary) Stat(name string) (fs.FileInfo, error) { return fs.Stat(o.FS, name) }
