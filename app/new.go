package app

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

// Kit is the live code that is copied into projects.
type Kit interface {
	// Packages copies packages of the kit in the folders, and all of the kit that they
	// import, into a project of the module. The folder "." is the kit's root.
	Packages(module string, folders []string) ([]plan.File, error)
	// Imported returns the folders of the kit that files of a project of the module
	// import.
	Imported(module string, files []plan.File) ([]string, error)
	// Config returns the configuration without the given keys, and with those of the
	// stores that can be read through a cache, such as orders.
	Config(without, stores []string) (plan.File, error)
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
	Project(b blueprint.Blueprint, goVersion string) ([]plan.File, error)
	// Subscriber renders a subscriber to an event, in a transaction if tx is set, and its
	// test; and a main.go of what is appended to that of the project.
	Subscriber(b blueprint.Blueprint, n name.Name, e model.Event, tx bool) (files []plan.File, main plan.File, err error)
	// Hook renders a hook in the same way.
	Hook(b blueprint.Blueprint, h blueprint.Hook) (files []plan.File, main plan.File, err error)
	// NewSection renders a new section of the configuration: its struct and its test, what
	// is appended to files of the project, and its text in the configuration.
	NewSection(b blueprint.Blueprint, s blueprint.Section) (files, into []plan.File, text string, err error)
	// Keys renders more keys of a section: what is appended to its struct and its test, and
	// its text with these keys alone.
	Keys(b blueprint.Blueprint, s blueprint.Section) (into []plan.File, text string, err error)
	// Port renders a port of the owner's and its conformance suite.
	Port(b blueprint.Blueprint, port name.Name, methods []blueprint.Method) ([]plan.File, error)
	// PortAdapter renders an adapter of such a port as that is declared, and its test.
	// first says that it is the one that needs nothing installed, and alone that its
	// package has no other file.
	PortAdapter(b blueprint.Blueprint, port, adapter name.Name, d model.Declared, first, alone bool) ([]plan.File, error)
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

// Made is how many files a new project has.
type Made struct {
	Yours   int // written once, and the owner's from then on
	Derived int
	Kit     int
}

// madeOf counts files by kind.
func madeOf(files []plan.File) Made {
	var m Made
	for _, f := range files {
		switch {
		case strings.HasPrefix(f.Path, kitFolder+"/"):
			m.Kit++
		case IsDerived(f.Path), path.Ext(f.Path) == ".sql", f.Path == lock.File:
			m.Derived++
		default:
			m.Yours++
		}
	}
	return m
}

// Run creates the project in the folder, and returns how many files it has. If the
// project cannot be created, the error has one line for each reason (plan.Refusal).
// Nothing is written then, nor if the context ends first.
func (n *New) Run(ctx context.Context, b blueprint.Blueprint, folder ports.Folder) (Made, error) {
	files, err := n.plan(ctx, b)
	if err != nil {
		return Made{}, err
	}
	if err := ctx.Err(); err != nil {
		return Made{}, err
	}
	return madeOf(files), folder.Create(files)
}

// plan returns all files of the project, sorted by path.
func (n *New) plan(ctx context.Context, b blueprint.Blueprint) ([]plan.File, error) {
	if err := errors.Join(b.Validate()...); err != nil {
		return nil, plan.Refuse(err)
	}
	if len(b.Own) > 0 {
		return nil, plan.Refuse(fmt.Errorf("the blueprint does not say which methods the port %s has; leave its components out, and run outgrow add port %s 'METHOD(NAME:TYPE)' in the new project",
			b.Own[0].Name, b.Own[0].Name))
	}
	owned, err := n.owned(b)
	if err != nil {
		return nil, err
	}
	d, err := n.derive(ctx, b, owned)
	if err != nil {
		return nil, err
	}
	code := slices.Concat(owned, d.Write)
	machinery, err := n.machinery(b.Module, code)
	if err != nil {
		return nil, err
	}
	code = append(code, machinery...)
	modules, err := n.kit.Modules(b.Module, code)
	if err != nil {
		return nil, err
	}
	record := n.records.Write(blueprint.Record{Blueprint: b, Kit: string(n.version)})
	var p plan.Plan
	if err := p.Add(slices.Concat(code, modules, []plan.File{{Path: SumsFile, Data: sums(b.Module, machinery).Text()}, record})...); err != nil {
		return nil, err
	}
	return p.Files(), nil
}

// derive derives what follows from the code that is the owner's.
func (n *New) derive(ctx context.Context, b blueprint.Blueprint, owned []plan.File) (Derivation, error) {
	vocabulary, err := n.kit.Packages(b.Module, []string{"."})
	if err != nil {
		return Derivation{}, err
	}
	modules, err := n.kit.Modules(b.Module, owned)
	if err != nil {
		return Derivation{}, err
	}
	return n.generate.Derive(ctx, Project{
		Name: b.Name, Files: plan.NewTree(slices.Concat(owned, vocabulary, modules)), Adapters: b.Adapters, Own: b.Own,
	})
}

// owned returns what is written once, and is the owner's from then on.
func (n *New) owned(b blueprint.Blueprint) ([]plan.File, error) {
	files, err := n.scaffold.Project(b, n.kit.GoVersion())
	if err != nil {
		return nil, err
	}
	var cached []string // the stores that can be read through a cache
	for _, s := range b.Services {
		service, err := n.scaffold.Service(b, s)
		if err != nil {
			return nil, err
		}
		files = append(files, service...)
		if _, ofTenants := s.Tenant(); !ofTenants {
			cached = append(cached, s.Name.Plural().Snake())
		}
	}
	config, err := n.kit.Config(absentKeys(b), cached)
	config.Data = append(config.Data, ownSections(b)...)
	return append(files, config), err
}

// absentKeys returns the sections of the configuration of what the project does not have.
func absentKeys(b blueprint.Blueprint) (keys []string) {
	for port, components := range b.Absent() {
		if len(b.Adapters[port]) == 0 {
			keys = append(keys, port)
			continue
		}
		for _, c := range components {
			keys = append(keys, port+"."+c)
		}
	}
	return keys
}
