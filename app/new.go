package app

import (
	"context"
	"errors"
	"slices"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

// Kit is the live code that projects are made of.
type Kit interface {
	// Packages copies packages of the kit, and all of the kit that they import,
	// into a project of the module, but for files that import a package of those
	// without, or have the name of one.
	Packages(module string, roots, without []string) ([]plan.File, error)
	// Config returns the configuration without the keys that begin with those.
	Config(without []string) (plan.File, error)
	// GoVersion returns the version of Go that the kit is written in.
	GoVersion() string
	// Modules returns the go.mod and go.sum of a project of the files. A name
	// that Go takes for no module is refused (plan.Refusal).
	Modules(module string, files []plan.File) ([]plan.File, error)
	// MergeModules returns a go.mod and a go.sum with what the others have besides.
	MergeModules(mine, others []plan.File) ([]plan.File, error)
}

// Scaffold renders what is written once and then belongs to the user.
type Scaffold interface {
	Service(b blueprint.Blueprint, s blueprint.Service) ([]plan.File, error)
	Project(b blueprint.Blueprint, goVersion string, adapters []string) ([]plan.File, error)
}

// Version is the version of the command.
type Version string

// New makes projects.
type New struct {
	kit      Kit
	scaffold Scaffold
	generate *Generator
	records  Records
	version  Version
}

// NewNew returns the use case that makes projects.
func NewNew(k Kit, s Scaffold, g *Generator, r Records, v Version) *New {
	return &New{kit: k, scaffold: s, generate: g, records: r, version: v}
}

// Run makes the project in the folder, and returns how many files it has. What
// keeps it from being made is told in one line each (plan.Refusal); nothing is
// written then, nor when the context ends before.
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

// plan returns all files of the project, in the order of their paths.
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
	record := n.records.Write(blueprint.Record{Blueprint: b, Template: string(n.version)})
	if err := p.Add(append(d.Write, record)...); err != nil {
		return nil, err
	}
	return p.Files(), nil
}

// code plans everything but what is derived, and the record.
func (n *New) code(b blueprint.Blueprint) (plan.Plan, error) {
	var p plan.Plan
	for _, add := range []func(*plan.Plan, blueprint.Blueprint) error{n.copyKit, n.render, n.addModules} {
		if err := add(&p, b); err != nil {
			return p, err
		}
	}
	return p, nil
}

// always are the adapters that every project has, whatever it chooses.
var always = []string{"httpjson", "jsonwire", "memory", "system"}

// adapters returns all adapters of the project.
func adapters(b blueprint.Blueprint) []string {
	return slices.Concat(always, b.Stores, b.Buses)
}

// own is the file of the kit whose place a project's own takes.
const own = "app/module.go"

// copyKit plans what is copied.
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

// render plans what is scaffolded.
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

// addModules plans go.mod and go.sum. What is derived later imports nothing but
// the project itself.
func (n *New) addModules(p *plan.Plan, b blueprint.Blueprint) error {
	files, err := n.kit.Modules(b.Module, p.Files())
	if err != nil {
		return err
	}
	return p.Add(files...)
}
