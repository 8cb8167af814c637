package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

// Declared returns an interface of package ports as it is declared in the files, for an
// adapter to implement. It may run the go command in dir.
type Declared func(ctx context.Context, files fs.FS, dir, name string) (model.Declared, error)

// OwnPort adds a port of the owner's to the project: the interface with the methods, its
// conformance suite, and its adapters, of which the first needs nothing installed. Files
// that are there already are refused. The error is as that of Adapter.
func (a *Add) OwnPort(ctx context.Context, p blueprint.OwnPort, methods []blueprint.Method, folder ports.Folder, dir string) (Addition, error) {
	return a.grow(ctx, folder, dir, growth{
		change: func(b *blueprint.Blueprint) error { return b.AddOwn(p) },
		write: func(after blueprint.Blueprint, there fs.FS) ([]plan.File, error) {
			if config, err := fs.ReadFile(there, configFile); err == nil && hasSection(config, p.Name.Snake()) {
				return nil, plan.Refuse(fmt.Errorf("%s already has a section %s; choose another name for the port", configFile, p.Name))
			}
			files, err := a.new.scaffold.Port(after, p.Name, methods)
			if err != nil {
				return nil, err
			}
			return a.withAdapters(ctx, after, p.Name, p.Adapters, there, dir, files)
		},
	})
}

// OwnAdapter adds an adapter to a port of the owner's, as OwnPort does.
func (a *Add) OwnAdapter(ctx context.Context, port, adapter name.Name, folder ports.Folder, dir string) (Addition, error) {
	return a.grow(ctx, folder, dir, growth{
		change: func(b *blueprint.Blueprint) error { return b.AddOwnAdapter(port, adapter) },
		write: func(after blueprint.Blueprint, there fs.FS) ([]plan.File, error) {
			return a.withAdapters(ctx, after, port, []name.Name{adapter}, there, dir, nil)
		},
	})
}

// withAdapters returns the new files of a port with those of the adapters, written for the
// interface as it is declared.
func (a *Add) withAdapters(ctx context.Context, b blueprint.Blueprint, port name.Name, adapters []name.Name, there fs.FS, dir string, files []plan.File) ([]plan.File, error) {
	declared, err := a.declared(ctx, plan.Over(there, files), dir, port.Pascal())
	if problems, ok := errors.AsType[model.Problems](err); ok {
		return nil, Unfit{problems}
	}
	if err != nil {
		return nil, err
	}
	for _, adapter := range adapters {
		written, err := a.new.scaffold.PortAdapter(b, port, adapter, declared, b.IsFirst(port, adapter), !isThere(there, "adapters/"+adapter.Package()+"/*.go"))
		if err != nil {
			return nil, err
		}
		files = append(files, written...)
	}
	return files, refuseTaken(there, files)
}

// refuseTaken refuses to write new files over those that are there (plan.Refusal).
func refuseTaken(there fs.FS, files []plan.File) error {
	var taken []error
	for _, f := range files {
		if isThere(there, f.Path) {
			taken = append(taken, fmt.Errorf("%s already exists; rename it, or choose another name", f.Path))
		}
	}
	return plan.Refuse(errors.Join(taken...))
}

func hasSection(config []byte, key string) bool {
	return regexp.MustCompile(`(?m)^["']?` + key + `["']?\s*:`).Match(config)
}

// isThere reports whether a file has the name, or one that matches the pattern.
func isThere(files fs.FS, pattern string) bool {
	names, err := fs.Glob(files, pattern)
	return err == nil && len(names) > 0
}

// ownSections returns the text of the configuration of the owner's ports.
func ownSections(b blueprint.Blueprint) string {
	var text strings.Builder
	for _, p := range b.Own {
		fmt.Fprintf(&text, "\n%s:\n", p.Name.Snake())
		for i, a := range p.Adapters {
			if i == 0 {
				fmt.Fprintf(&text, "  %-25s# which %s to use\n", "adapter: "+a.Snake(), p.Name.Human())
				continue
			}
			fmt.Fprintf(&text, "  %s:\n    timeout: 5s            # for each call\n", a.Snake())
		}
	}
	return text.String()
}

// lackedOf returns what a component of the owner's lacks: its port's interface, or its
// constructor; "" if it is whole.
func lackedOf(files fs.FS, port, adapter name.Name) string {
	folder := "adapters/" + adapter.Package()
	switch {
	case !declares(files, "ports", `^(?:type|\t)\s*`+port.Pascal()+`\s+interface\b`):
		return "the interface " + port.Pascal() + " in ports"
	case !declares(files, folder, `^func New`+port.Pascal()+`\(`):
		return "the constructor New" + port.Pascal() + " in " + folder
	}
	return ""
}

// declares reports whether a line of a Go file in a folder, derived files and tests left
// out, matches a form.
func declares(files fs.FS, folder, form string) bool {
	names, err := fs.Glob(files, path.Join(folder, "*.go"))
	if err != nil {
		return false
	}
	line := regexp.MustCompile(`(?m)` + form)
	return slices.ContainsFunc(names, func(name string) bool {
		data, err := fs.ReadFile(files, name)
		return err == nil && !derivedName.MatchString(name) && !strings.HasSuffix(name, "_test.go") && line.Match(data)
	})
}

// refuseIncomplete refuses a project that has lost what its own ports consist of
// (plan.Refusal).
func (r *Refresh) refuseIncomplete(files fs.FS, rec blueprint.Record) error {
	var errs []error
	for _, p := range rec.Blueprint.Own {
		for _, a := range p.Adapters {
			if lacked := lackedOf(files, p.Name, a); lacked != "" {
				errs = append(errs, fmt.Errorf("%s lists %s/%s, but %s cannot be found; restore it, or remove %s/%s from the list",
					r.records.Name(), p.Name, a, lacked, p.Name, a))
			}
		}
	}
	return plan.Refuse(errors.Join(errs...))
}
