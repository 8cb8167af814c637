package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"path"
	"strings"
	"testing/fstest"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

// Kit is the live code that projects are made of.
type Kit interface {
	// Packages copies packages of the kit, and all of the kit that they import,
	// into a project of the module.
	Packages(module string, roots ...string) ([]plan.File, error)
	// File copies a file of the kit that is no package's.
	File(name string) (plan.File, error)
	// GoVersion returns the version of Go that the kit is written in.
	GoVersion() string
	// Modules returns the go.mod and go.sum of a project of the files.
	Modules(module string, files []plan.File) ([]plan.File, error)
}

// Scaffold renders what is written once and then belongs to the user.
type Scaffold interface {
	Service(b blueprint.Blueprint, s blueprint.Service) ([]plan.File, error)
	Project(b blueprint.Blueprint, goVersion string, adapters []string) ([]plan.File, error)
}

// Record writes the record of a project: its blueprint, and the checksums of
// what was derived.
type Record func(b blueprint.Blueprint, generated map[string]string) plan.File

// New makes projects.
type New struct {
	kit      Kit
	scaffold Scaffold
	generate *Generator
	record   Record
}

// NewNew returns the use case that makes projects.
func NewNew(k Kit, s Scaffold, g *Generator, r Record) *New {
	return &New{kit: k, scaffold: s, generate: g, record: r}
}

// always are the adapters that every project has.
var always = []string{"channels", "httpjson", "jsonwire", "memory", "system"}

// Plan returns all files of the project, in the order of their paths. The error
// says in one line each what keeps it from being made.
func (n *New) Plan(ctx context.Context, b blueprint.Blueprint) ([]plan.File, error) {
	if err := errors.Join(b.Validate()...); err != nil {
		return nil, Refusal{err}
	}
	var p plan.Plan
	if err := n.write(&p, b); err != nil {
		return nil, err
	}
	derived, err := n.derive(ctx, &p, b)
	if err != nil {
		return nil, err
	}
	if err := p.Add(derived.Write...); err != nil {
		return nil, err
	}
	modules, err := n.kit.Modules(b.Module, p.Files())
	if err != nil {
		return nil, err
	}
	if err := p.Add(append(modules, n.record(b, Checksums(nil, derived)))...); err != nil {
		return nil, err
	}
	return p.Files(), nil
}

// Run plans the project and makes it in the folder.
func (n *New) Run(ctx context.Context, b blueprint.Blueprint, folder ports.Folder) ([]plan.File, error) {
	files, err := n.Plan(ctx, b)
	if err != nil {
		return nil, err
	}
	return files, folder.Create(files)
}

// write plans what is copied and scaffolded.
func (n *New) write(p *plan.Plan, b blueprint.Blueprint) error {
	adapters := append(append([]string{}, always...), b.Stores...)
	roots := []string{"app", "ports/storetest", "ports/bustest"}
	for _, a := range adapters {
		roots = append(roots, "adapters/"+a)
	}
	files, err := n.kit.Packages(b.Module, roots...)
	if err != nil {
		return err
	}
	config, err := n.kit.File("config.yaml")
	if err != nil {
		return err
	}
	// The project's own takes the place of the kit's.
	var kept []plan.File
	for _, f := range append(files, config) {
		if f.Path != "app/module.go" {
			kept = append(kept, f)
		}
	}
	if err := p.Add(kept...); err != nil {
		return err
	}
	own, err := n.scaffold.Project(b, n.kit.GoVersion(), adapters)
	if err != nil {
		return err
	}
	for _, s := range b.Services {
		files, err := n.scaffold.Service(b, s)
		if err != nil {
			return err
		}
		own = append(own, files...)
	}
	return p.Add(own...)
}

// derive returns what is derived from the planned files.
func (n *New) derive(ctx context.Context, p *plan.Plan, b blueprint.Blueprint) (Derivation, error) {
	return n.generate.Derive(ctx, Project{
		Files:  inMemory(p.Files(), b.Module, n.kit.GoVersion()),
		Stores: b.Stores,
		Buses:  b.Buses,
	})
}

// inMemory shows files as a folder, with a go.mod to know the module by.
func inMemory(files []plan.File, module, goVersion string) fs.FS {
	folder := fstest.MapFS{"go.mod": &fstest.MapFile{Data: []byte("module " + module + "\n\ngo " + goVersion + "\n")}}
	for _, f := range files {
		folder[f.Path] = &fstest.MapFile{Data: f.Data}
	}
	return folder
}

// Checksums returns the SHA-256 of each derived file, by path: those before, but
// for what is written and removed. The lock is no derived file: it is what is
// derived from.
func Checksums(before map[string]string, d Derivation) map[string]string {
	sums := map[string]string{}
	maps.Copy(sums, before)
	for _, f := range d.Write {
		if strings.Contains(path.Base(f.Path), "_gen") {
			sum := sha256.Sum256(f.Data)
			sums[f.Path] = hex.EncodeToString(sum[:])
		}
	}
	for _, name := range d.Remove {
		delete(sums, name)
	}
	return sums
}

// Refusal is an error of who asks: nothing was done.
type Refusal struct{ Reason error }

// Error returns the reason.
func (r Refusal) Error() string { return r.Reason.Error() }

// Unwrap returns the reason.
func (r Refusal) Unwrap() error { return r.Reason }
