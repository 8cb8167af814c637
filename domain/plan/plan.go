// Package plan collects the files that a command is going to write.
package plan

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// File is one file of a plan.
type File struct {
	Path       string // relative to the project, with slashes
	Data       []byte
	Executable bool
}

// Plan is a set of files with distinct paths. The zero Plan is empty.
type Plan struct {
	files   map[string]File
	folders map[string]bool // the folders of the files
}

// Add adds files to the plan. It fails for a path that leaves the project, is already
// planned, or would be both a file and a folder.
func (p *Plan) Add(files ...File) error {
	for _, f := range files {
		if f.Path == "." || !fs.ValidPath(f.Path) || strings.ContainsAny(f.Path, "\\\x00") {
			return fmt.Errorf("%q is not a path within a project", f.Path)
		}
		if _, ok := p.files[f.Path]; ok {
			return fmt.Errorf("%s would be written twice", f.Path)
		}
		if p.folders[f.Path] {
			return fmt.Errorf("%s would be both a file and a folder", f.Path)
		}
		if p.files == nil {
			p.files, p.folders = map[string]File{}, map[string]bool{}
		}
		for folder := path.Dir(f.Path); folder != "."; folder = path.Dir(folder) {
			if _, ok := p.files[folder]; ok {
				return fmt.Errorf("%s would be both a file and a folder", folder)
			}
			p.folders[folder] = true
		}
		p.files[f.Path] = f
	}
	return nil
}

// Files returns the files sorted by path.
func (p *Plan) Files() []File { return slices.SortedFunc(maps.Values(p.files), ByPath) }

// ByPath orders files by path.
func ByPath(a, b File) int { return strings.Compare(a.Path, b.Path) }
