// Package code is what a project's Go says besides the model: what imports what,
// and what can be configured; and the rules that it has to keep.
package code

import (
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// Project is the Go of a project.
type Project struct {
	Module   string
	Packages map[string]Package // the project's own and what they import, by import path
	Tags     []string           // the positions of tags on fields of structs below domain/
	// Keys are what can be configured. There are none where the configuration is
	// not a struct Config of the package app.
	Keys     []Key
	Problems model.Problems // what the compiler would refuse
}

// Package is a package of the project, or one that it imports, be it through
// others.
type Package struct {
	Standard bool     // of Go's own library
	Files    []File   // of the project's own, tests included
	Imports  []string // of those of others
	Missing  string   // why the go command does not find it; "" where it does
}

// File is a Go file of the project.
type File struct {
	Name     string
	Test     bool
	Foreign  bool // this platform does not build it
	UseCases bool // it declares what the application offers, or a subscriber
	Imports  []Import
}

// Import is one import in a file.
type Import struct{ Path, Pos string }

// Key is something that can be configured, or a section of such.
type Key struct {
	Path    string // such as http.read_timeout
	Section bool
	Open    bool // what is below it is not known
	Other   bool // another way to give the key before: the path of a file
}

// HoldsUseCases says that files hold use cases, whatever can be told of them.
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

// shown returns how a package is called: its folder, or the path of another's.
func (p *Project) shown(importPath string) string {
	if folder, own := p.folder(importPath); own {
		return folder
	}
	return importPath
}

// within reports whether a folder or import path is one of those, or below it.
func within(name string, of ...string) bool {
	for _, o := range of {
		if name == o || strings.HasPrefix(name, o+"/") {
			return true
		}
	}
	return false
}
