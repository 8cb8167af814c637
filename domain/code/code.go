// Package code is what a project's Go says besides the model: what it imports, uses
// and does, and what can be configured; and the rules that it has to keep.
package code

import (
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// Project is the Go of a project.
type Project struct {
	Module   string
	Apart    []string           // other modules whose paths begin with that of this one
	Packages map[string]Package // the project's own and what they import, by import path
	Tags     []string           // the positions of tags on fields of structs below domain/
	// Keys are what can be configured. There are none where package main has no
	// struct Config.
	Keys     []Key
	Problems model.Problems // what the compiler would refuse
}

// Package is a package of the project, or one that it imports, directly or not.
type Package struct {
	Standard bool     // it belongs to the standard library
	Files    []File   // of the project's own packages, tests included
	Imports  []string // of the packages of others
	Missing  string   // why the go command does not find it; "" where it does
}

// File is a Go file of the project.
type File struct {
	Name    string
	Test    bool
	Foreign bool // this platform does not build it
	Imports []Import
	Facts   []Fact // in the order of their positions; none of tests and of the kit
}

// Import is one import in a file.
type Import struct{ Path, Pos string }

// Fact is something that code does.
type Fact struct {
	Kind Kind
	Path string // the package of what is used or changed
	Name string
	Pos  string
}

// Kind is what kind of thing code does.
type Kind int

// The kinds of facts.
const (
	Uses    Kind = iota // names a symbol of the standard library or of the kit; a method is WaitGroup.Go
	Changes             // changes a package variable outside its declaration
	Keeps               // declares a struct of the name, if it has one, with a field that is a context
	Starts              // starts a goroutine
	Inits               // declares a function init
)

// Key is something that can be configured, or a section of such.
type Key struct {
	Path    string // such as http.read_timeout
	Section bool
	Secret  bool
	Open    bool // what is below it is not known
	Other   bool // another way to give the key before: the path of a file
}

// folder returns the folder of a package of the project.
func (p *Project) folder(importPath string) (folder string, own bool) {
	switch {
	case importPath == p.Module:
		return ".", true
	case within(importPath, p.Apart...):
		return "", false
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
	return slices.ContainsFunc(of, func(o string) bool { return name == o || strings.HasPrefix(name, o+"/") })
}

// below reports whether a folder or import path is below that one.
func below(name, of string) bool { return strings.HasPrefix(name, of+"/") }
