// Package memory holds projects in memory: for a dry run, which writes nothing,
// and for tests.
package memory

import (
	"errors"
	"io/fs"
	"maps"
	"slices"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Folder keeps what is written to it, over the files of another, which stays as it
// is.
type Folder struct {
	name    string
	entries []string
	below   fs.FS
	files   map[string]plan.File
	removed map[string]bool
	seen    plan.Seen
}

// New returns a folder of a name, which refusals call it by. The entries are
// what it holds already, as far as a project would have to be made around it.
func New(name string, entries ...string) *Folder {
	return Over(plan.NewTree(nil), name, entries...)
}

// Over returns a folder that holds the files below, until they are replaced or
// removed in it. The rest is as for New.
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

// Update keeps the files, and forgets those that are removed: see ports.Folder.
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

// sum returns the SHA-256 of a file, "" if there is none.
func sum(files fs.FS, name string) (string, error) {
	data, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return plan.Sum(data), err
}

// Files returns what was written, over what is below.
func (f *Folder) Files() fs.FS { return f.seen.Of(f.current()) }

func (f *Folder) current() fs.FS {
	return plan.Outcome(f.below, f.Written(), slices.Collect(maps.Keys(f.removed)))
}

// Written returns what was written, in the order of the paths.
func (f *Folder) Written() []plan.File {
	return slices.SortedFunc(maps.Values(f.files), plan.ByPath)
}

// Removed returns the paths of what was removed, in order, as far as it was there.
func (f *Folder) Removed() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(f.removed)), func(name string) bool {
		_, err := fs.Stat(f.below, name)
		return err != nil || f.files[name].Path != ""
	})
}
