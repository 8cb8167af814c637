// Package plan is what a command is going to write, before it writes anything.
package plan

import (
	"fmt"
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

// Plan is a set of files, each once. The zero Plan is empty.
type Plan struct {
	files map[string]File
}

// Add plans a file. It fails for a path that leaves the project or is planned
// already.
func (p *Plan) Add(files ...File) error {
	for _, f := range files {
		if f.Path == "" || path.IsAbs(f.Path) || path.Clean(f.Path) != f.Path || strings.HasPrefix(f.Path, "..") {
			return fmt.Errorf("%q is no path within a project", f.Path)
		}
		if _, ok := p.files[f.Path]; ok {
			return fmt.Errorf("%s would be written twice", f.Path)
		}
		if p.files == nil {
			p.files = map[string]File{}
		}
		p.files[f.Path] = f
	}
	return nil
}

// Drop takes the file of the path out of the plan, if it is in it.
func (p *Plan) Drop(name string) { delete(p.files, name) }

// Files returns the files in the order of their paths.
func (p *Plan) Files() []File {
	files := make([]File, 0, len(p.files))
	for _, f := range p.files {
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files
}

// Get returns the file of the path.
func (p *Plan) Get(name string) (File, bool) {
	f, ok := p.files[name]
	return f, ok
}
