// Package memory holds projects in memory: for a dry run, which writes nothing,
// and for tests.
package memory

import (
	"io/fs"
	"maps"
	"slices"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Folder keeps what is written to it.
type Folder struct {
	name    string
	entries []string
	files   map[string]plan.File
}

// New returns a folder of a name, which refusals call it by. The entries are
// what it holds already, as far as a project would have to be made around it.
func New(name string, entries ...string) *Folder {
	return &Folder{name: name, entries: entries, files: map[string]plan.File{}}
}

// Create keeps the files: see ports.Folder.
func (f *Folder) Create(files []plan.File) error {
	files, err := plan.Room(f.name, append(f.entries, slices.Collect(maps.Keys(f.files))...), files)
	if err != nil {
		return err
	}
	return f.Update(files, nil)
}

// Update keeps the files, and forgets those that are removed: see ports.Folder.
func (f *Folder) Update(files []plan.File, remove []string) error {
	for _, file := range files {
		f.files[file.Path] = file
	}
	for _, name := range remove {
		delete(f.files, name)
	}
	return nil
}

// Files returns what was written.
func (f *Folder) Files() fs.FS { return plan.NewTree(f.Written()) }

// Written returns what was written, in the order of the paths.
func (f *Folder) Written() []plan.File {
	return slices.SortedFunc(maps.Values(f.files), plan.ByPath)
}
