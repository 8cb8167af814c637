package app

import (
	"context"
	"errors"
	"slices"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

// Kit is the live code that is copied into projects.
type Kit interface {
	// Packages copies packages of the kit, and the packages of the kit that they
	// import, into a project with the module path. It leaves out files that import
	// a package in without or are named after one.
	Packages(module string, roots, without []string) ([]plan.File, error)
	// Config returns the configuration without the given keys.
	Config(without []string) (plan.File, error)
	// GoVersion returns the Go version that the kit requires.
	GoVersion() string
	// Modules returns the go.mod and go.sum of a project with the files. It refuses
	// an invalid module path (plan.Refusal).
	Modules(module string, files []plan.File) ([]plan.File, error)
	// MergeModules returns go.mod and go.sum with the requirements of the others added.
	MergeModules(mine, others []plan.File) ([]plan.File, error)
}

// Scaffold renders the files that are written once and then belong to the user.
type Scaffold interface {
	Service(b blueprint.Blueprint, s blueprint.Service) ([]plan.File, error)
	Project(b blueprint.Blueprint, goVersion string, adapters []string) ([]plan.File, error)
}

// Version is the version of the command.
type Version string

// New creates projects.
type New struct {
	kit      Kit
	scaffold Scaffold
	generate *Generator
	records  Records
	version  Version
}

// NewNew returns the use case that creates projects.
func NewNew(k Kit, s Scaffold, g *Generator, r Records, v Version) *New {
	return &New{kit: k, scaffold: s, generate: g, records: r, version: v}
}

// Run creates the project in the folder, and returns the number of its files. If the
// project cannot be created, the error has one line for each reason (plan.Refusal).
// Nothing is written then, nor if the context ends first.
func (n *New) Run(ctx context.Context, b blueprint.Blueprint, folder ports.Folder) (int, error) {
	files, err := n.plan(ctx, b)
	if err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return len(files), folder.Create(files)
}

// plan returns all files of the project, sorted by path.
func (n *New) plan(ctx context.Context, b blueprint.Blueprint) ([]plan.File, error) {
	if err := errors.Join(b.Validate()...); err != nil {
		return nil, plan.Refuse(err)
	}
	p, err := n.code(b)
	if err != nil {
		return nil, err
	}
	d, err := n.generate.Derive(ctx, Project{Files: plan.NewTree(p.Files()), Stores: b.Stores, Buses: b.Buses})
	if err != nil {
		return nil, err
	}
	record := n.records.Write(blueprint.Record{
		Blueprint: b, Template: string(n.version), Generated: checksums(nil, d),
	})
	if err := p.Add(append(d.Write, record)...); err != nil {
		return nil, err
	}
	return p.Files(), nil
}

// code plans everything except derived files and the record.
func (n *New) code(b blueprint.Blueprint) (plan.Plan, error) {
	var p plan.Plan
	for _, add := range []func(*plan.Plan, blueprint.Blueprint) error{n.copyKit, n.render, n.addModules} {
		if err := add(&p, b); err != nil {
			return p, err
		}
	}
	return p, nil
}

// always are the adapters that every project has, whatever components it chooses.
var always = []string{"httpjson", "jsonwire", "memory", "system"}

// adapters returns the names of all adapters of the project.
func adapters(b blueprint.Blueprint) []string {
	return slices.Concat(always, b.Stores, b.Buses)
}

// own is the file of the kit that is replaced by the project's own version.
const own = "app/module.go"

// copyKit plans the files that are copied from the kit.
func (n *New) copyKit(p *plan.Plan, b blueprint.Blueprint) error {
	roots := []string{"app", "ports/storetest", "ports/bustest"}
	for _, a := range adapters(b) {
		roots = append(roots, "adapters/"+a)
	}
	var without, keys []string
	for port, components := range b.Absent() {
		for _, c := range components {
			without = append(without, "adapters/"+c)
			keys = append(keys, port+"."+c)
		}
	}
	files, err := n.kit.Packages(b.Module, roots, without)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Path == own {
			continue
		}
		if err := p.Add(f); err != nil {
			return err
		}
	}
	config, err := n.kit.Config(keys)
	if err != nil {
		return err
	}
	return p.Add(config)
}

// render plans the files that are scaffolded.
func (n *New) render(p *plan.Plan, b blueprint.Blueprint) error {
	files, err := n.scaffold.Project(b, n.kit.GoVersion(), adapters(b))
	if err != nil {
		return err
	}
	for _, s := range b.Services {
		service, err := n.scaffold.Service(b, s)
		if err != nil {
			return err
		}
		files = append(files, service...)
	}
	return p.Add(files...)
}

// addModules plans go.mod and go.sum. The derived files need no further modules.
func (n *New) addModules(p *plan.Plan, b blueprint.Blueprint) error {
	files, err := n.kit.Modules(b.Module, p.Files())
	if err != nil {
		return err
	}
	return p.Add(files...)
}
