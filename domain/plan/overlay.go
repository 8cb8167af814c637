package plan

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
)

// Over returns a file system in which the files replace or add to those of there.
func Over(there fs.FS, files []File) fs.FS { return overlay{there, NewTree(files)} }

// Outcome returns the file system as it will be after the files have been written and
// the paths removed.
func Outcome(there fs.FS, files []File, remove []string) fs.FS {
	gone := map[string]bool{}
	for _, name := range remove {
		gone[name] = true
	}
	return Over(without{there, gone}, files)
}

// without is a file system without some of its files.
type without struct {
	there fs.FS
	gone  map[string]bool // by path
}

// Open opens a file that was not removed.
func (w without) Open(name string) (fs.File, error) {
	if w.gone[name] {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return w.there.Open(name)
}

// ReadDir returns the entries of a folder that were not removed.
func (w without) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(w.there, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return w.gone[path.Join(name, e.Name())] }), err
}

type overlay struct{ there, above fs.FS }

// Open opens a file of the upper file system or else of the lower one.
func (o overlay) Open(name string) (fs.File, error) {
	f, err := o.above.Open(name)
	if err == nil {
		info, err := f.Stat()
		if err == nil && !info.IsDir() {
			return f, nil
		}
		_ = f.Close() // a folder, which is read by ReadDir
	}
	below, belowErr := o.there.Open(name)
	if errors.Is(belowErr, fs.ErrNotExist) && err == nil {
		return o.above.Open(name)
	}
	return below, belowErr
}

// ReadDir returns the entries of a folder in both file systems.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.above, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	below, belowErr := fs.ReadDir(o.there, name)
	if belowErr != nil && (err != nil || !errors.Is(belowErr, fs.ErrNotExist)) {
		return nil, belowErr
	}
	for _, e := range below {
		if !slices.ContainsFunc(entries, func(above fs.DirEntry) bool { return above.Name() == e.Name() }) {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries, nil
}
