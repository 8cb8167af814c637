// Package code describes the Go code of a project beyond the model, its imports and its
// configuration, and checks the rules for them.
package code

import (
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// Project is the Go code of a project.
type Project struct {
	Module   string
	Packages map[string]Package // of the project and their imports, by import path
	Tags     []string           // the positions of struct tags in domain/
	// Keys are the configuration keys. There are none if package app has no struct
	// Config.
	Keys     []Key
	Problems model.Problems // the compile errors
}

// Package is a package of the project, or one that it imports directly or indirectly.
type Package struct {
	Standard bool     // in the standard library
	Files    []File   // of a package of the project, including tests
	Imports  []string // of any other package
	Missing  string   // why the go command does not find it, or ""
}

// File is a Go file of the project.
type File struct {
	Name     string
	Test     bool
	Foreign  bool // not built on this platform
	UseCases bool // it declares use cases or a subscriber
	Imports  []Import
}

// Import is one import in a file.
type Import struct{ Path, Pos string }

// Key is a configuration key or a section of keys.
type Key struct {
	Path    string // such as http.read_timeout
	Section bool
	Open    bool // the keys below it are not known
	Other   bool // an alternative to the key before it: the path of a file with the value
}

// HoldsUseCases marks files as containing use cases, even if that was not detected.
func (p *Project) HoldsUseCases(names ...string) {
	for _, pkg := range p.Packages {
		for i, f := range pkg.Files {
			pkg.Files[i].UseCases = f.UseCases || slices.Contains(names, f.Name)
		}
	}
}

// folder returns the folder of a package of the project.
func (p *Project) folder(importPath string) (folder string, own bool) {
	if importPath == p.Module {
		return ".", true
	}
	return strings.CutPrefix(importPath, p.Module+"/")
}

// shown returns how a package is shown: by its folder if it is in the project, and by its
// import path otherwise.
func (p *Project) shown(importPath string) string {
	if folder, own := p.folder(importPath); own {
		return folder
	}
	return importPath
}

// within reports whether a folder or import path is one of the given ones, or below one.
func within(name string, of ...string) bool {
	for _, o := range of {
		if name == o || strings.HasPrefix(name, o+"/") {
			return true
		}
	}
	return false
}
