// Package memory keeps projects in memory, for dry runs and for tests.
package memory

import (
	"errors"
	"io/fs"
	"maps"
	"slices"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Folder keeps what is written to it on top of another file system, which is not changed.
type Folder struct {
	name    string
	entries []string
	below   fs.FS
	files   map[string]plan.File
	removed map[string]bool
	seen    plan.Seen
}

// New returns a folder with a name for refusals. The entries are the names of what it
// already contains when a project is created in it.
func New(name string, entries ...string) *Folder {
	return Over(plan.NewTree(nil), name, entries...)
}

// Over returns a folder that contains the files below until they are replaced or removed.
// The other parameters are those of New.
func Over(below fs.FS, name string, entries ...string) *Folder {
	return &Folder{name: name, entries: entries, below: below, files: map[string]plan.File{}, removed: map[string]bool{}}
}

// Create keeps the files: see ports.Folder.
func (f *Folder) Create(files []plan.File) error {
	files, err := plan.Room(f.name, append(f.entries, slices.Collect(maps.Keys(f.files))...), files)
	if err != nil {
		return err
	}
	return f.Update(files, nil)
}

// Update keeps the files and hides those that are removed: see ports.Folder.
func (f *Folder) Update(files []plan.File, remove []string) error {
	touched := slices.Clone(remove)
	for _, file := range files {
		touched = append(touched, file.Path)
	}
	there := f.current()
	for _, name := range touched {
		now, err := sum(there, name)
		if err := errors.Join(err, f.seen.Refuse(name, now)); err != nil {
			return err
		}
	}
	for _, name := range remove {
		delete(f.files, name)
		f.removed[name] = true
		f.seen.Note(name, "")
	}
	for _, file := range files {
		f.files[file.Path] = file
		f.seen.Note(file.Path, plan.Sum(file.Data))
	}
	return nil
}

// sum returns the SHA-256 of a file, or "" if it does not exist.
func sum(files fs.FS, name string) (string, error) {
	data, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return plan.Sum(data), err
}

// Files returns the files that were written on top of those below.
func (f *Folder) Files() fs.FS { return f.seen.Of(f.current()) }

func (f *Folder) current() fs.FS {
	return plan.Outcome(f.below, f.Written(), slices.Collect(maps.Keys(f.removed)))
}

// Written returns the files that were written, sorted by path.
func (f *Folder) Written() []plan.File {
	return slices.SortedFunc(maps.Values(f.files), plan.ByPath)
}

// Removed returns the sorted paths of files below that were removed.
func (f *Folder) Removed() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(f.removed)), func(name string) bool {
		_, err := fs.Stat(f.below, name)
		return err != nil || f.files[name].Path != ""
	})
}
