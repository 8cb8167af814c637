// Package memory holds projects in memory: for a dry run, which writes nothing,
// and for tests.
package memory

import (
	"io/fs"
	"testing/fstest"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Folder shows the files of another folder and keeps what is written to itself.
type Folder struct {
	below   fs.FS // what was there; nil for nothing
	written map[string]plan.File
	removed []string
}

// Over returns a folder that shows what is below it and writes nothing there.
func Over(below fs.FS) *Folder {
	return &Folder{below: below, written: map[string]plan.File{}}
}

// Create keeps the files.
func (f *Folder) Create(files []plan.File) error { return f.Update(files, nil) }

// Update keeps the files, and which are to be removed.
func (f *Folder) Update(files []plan.File, remove []string) error {
	for _, file := range files {
		f.written[file.Path] = file
	}
	f.removed = append(f.removed, remove...)
	return nil
}

// Files returns what is below, or, where there is nothing, what was written.
func (f *Folder) Files() fs.FS {
	if f.below != nil {
		return f.below
	}
	files := fstest.MapFS{}
	for name, file := range f.written {
		files[name] = &fstest.MapFile{Data: file.Data}
	}
	return files
}
