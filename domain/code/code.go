// Package code describes the Go code of a project beyond the model, which is what it
// imports, uses and does, and its configuration, and checks the rules for them.
package code

import (
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// Project is the Go code of a project.
type Project struct {
	Module   string
	Apart    []string           // other modules whose paths begin with Module
	Packages map[string]Package // of the project and their imports, by import path
	Tags     []string           // the positions of struct tags in domain/
	// Keys are the configuration keys. There are none if package main has no struct
	// Config.
	Keys      []Key
	Splits    []Split        // use cases that are not one unit of work
	Problems  model.Problems // the compile errors
	Toolchain Toolchain
}

// Toolchain is how the go command is set where it builds the project.
type Toolchain struct {
	Cgo       bool   // it compiles packages that use C
	Workspace string // the go.work file that it uses, if that leaves the project out
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
	Name    string
	Test    bool
	Foreign bool // not built on this platform
	Imports []Import
	Facts   []Fact // sorted by position; none for tests and the kit
}

// Import is one import in a file.
type Import struct{ Path, Pos string }

// Fact is something that code does.
type Fact struct {
	Kind Kind
	Path string // the package of the symbol that is used or changed
	Name string
	Pos  string
}

// Kind is a kind of fact.
type Kind int

// The kinds of facts.
const (
	Uses    Kind = iota // names a symbol of the standard library or of the kit; a method is WaitGroup.Go
	Changes             // changes a package variable outside its declaration
	Keeps               // declares a struct, with the name if it has one, with a context in a field
	Starts              // starts a goroutine
	Inits               // declares a function init
)

// Key is a configuration key or a section of keys.
type Key struct {
	Path    string // such as http.read_timeout
	Section bool
	Secret  bool
	Open    bool // the keys below it are not known
	Other   bool // an alternative to the key before it: the path of a file with the value
}

// folder returns the folder of a package of the project.
func (p *Project) folder(importPath string) (folder string, own bool) {
	switch {
	case importPath == p.Module:
		return ".", true
	case Within(importPath, p.Apart...):
		return "", false
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

// Within reports whether a folder or import path is one of the given ones, or below one.
func Within(name string, of ...string) bool {
	return slices.ContainsFunc(of, func(o string) bool { return name == o || strings.HasPrefix(name, o+"/") })
}

// below reports whether a folder or import path is below another one.
func below(name, of string) bool { return strings.HasPrefix(name, of+"/") }
