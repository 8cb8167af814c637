package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/api"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

// Add adds services, fields, adapters, ports, hooks and keys to a project.
type Add struct {
	new        *New
	refresh    *Refresh
	mergeYAML  MergeYAML
	mergeGo    MergeGo
	appendGo   AppendGo
	entries    Entries
	declared   Declared
	checkTimes CheckTimes
}

// NewAdd returns the use case that adds to a project.
func NewAdd(n *New, r *Refresh, y MergeYAML, g MergeGo, a AppendGo, e Entries, d Declared, t CheckTimes) *Add {
	return &Add{new: n, refresh: r, mergeYAML: y, mergeGo: g, appendGo: a, entries: e, declared: d, checkTimes: t}
}

// Addition is the set of changes that adding something makes to a project.
type Addition struct {
	Project   string
	Component string // the adapter that was added, such as store/sqlite
	New       []plan.File
	Changed   []plan.File
	Removed   []string
	Breaking  []api.Change // how it breaks clients
}

// ByHand is an error that lists what must be done by hand first, one text for each
// place. Nothing was written.
type ByHand []string

// Error returns the texts, one to a line.
func (b ByHand) Error() string { return strings.Join(b, "\n") }

// Unfit is an error that says why nothing could be derived from the project after the
// addition. Nothing was written.
type Unfit struct{ model.Problems }

// Adapter adds an adapter to the project in the folder, which is dir on disk. Files
// that nobody has edited are replaced; in edited files only what is needed is added.
// If that is not possible, the error is ByHand.
func (a *Add) Adapter(ctx context.Context, name string, folder ports.Folder, dir string) (Addition, error) {
	var component string
	added, err := a.grow(ctx, folder, dir, growth{change: func(b *blueprint.Blueprint) (err error) {
		component, err = b.Include(name)
		return err
	}})
	added.Component = component
	return added, err
}

// Port adds an optional port to the project, in the same way as Adapter adds an adapter.
func (a *Add) Port(ctx context.Context, name string, folder ports.Folder, dir string) (Addition, error) {
	return a.grow(ctx, folder, dir, growth{change: func(b *blueprint.Blueprint) error { return b.IncludePort(name) }})
}

// Service adds a service to the project, in the same way as Adapter adds an adapter.
func (a *Add) Service(ctx context.Context, s blueprint.Service, folder ports.Folder, dir string) (Addition, error) {
	return a.grow(ctx, folder, dir, growth{change: func(b *blueprint.Blueprint) error { return b.AddService(s) }})
}

// Fields adds fields to a service of the project, in the same way as Adapter adds an
// adapter.
func (a *Add) Fields(ctx context.Context, s blueprint.Service, folder ports.Folder, dir string) (Addition, error) {
	added, err := a.grow(ctx, folder, dir, growth{wider: []blueprint.Service{s}, change: func(b *blueprint.Blueprint) error {
		if entity := unrecorded(*b, s.Name, folder.Files()); entity != "" {
			return fmt.Errorf("%s is written by hand, and so are its fields; add them to the struct, and then run: outgrow generate", entity)
		}
		return b.Extend(s)
	}})
	if byHand, ok := errors.AsType[ByHand](err); ok {
		err = slices.Concat(byHand, ByHand{"Or add all of the fields by hand, and then run: outgrow generate"})
	}
	return added, err
}

// unrecorded returns the entity of a name that was not scaffolded, such as order.Order; "" if
// there is none.
func unrecorded(b blueprint.Blueprint, n name.Name, files fs.FS) string {
	if slices.ContainsFunc(b.Services, func(s blueprint.Service) bool { return s.Name.Equal(n) }) {
		return ""
	}
	data, err := fs.ReadFile(files, lock.File)
	if err != nil {
		return ""
	}
	known, err := lock.Parse(data)
	if err != nil {
		return "" // which is told where the lock is needed
	}
	for _, t := range known.Tables() {
		if strings.HasSuffix(t.Struct, "."+n.Pascal()) {
			return t.Struct
		}
	}
	return ""
}

// growth is what is to be added.
type growth struct {
	change func(*blueprint.Blueprint) error
	wider  []blueprint.Service // services that get more fields, with the new fields
	// write returns new files that do not follow from the blueprint, or is nil.
	write func(after blueprint.Blueprint, there fs.FS) ([]plan.File, error)
}

// grow adds to the project.
func (a *Add) grow(ctx context.Context, folder ports.Folder, dir string, g growth) (Addition, error) {
	rec, err := a.refresh.Record(folder)
	if err != nil {
		return Addition{}, err
	}
	if err := a.refresh.resolve.refuse(folder.Files()); err != nil {
		return Addition{}, err
	}
	if err := errors.Join(a.refresh.fitting(folder.Files(), rec), refuseLost(folder.Files()), a.refresh.refuseIncomplete(folder.Files(), rec)); err != nil {
		return Addition{}, err
	}
	after := rec.Blueprint
	if err := g.change(&after); err != nil {
		return Addition{}, plan.Refuse(err)
	}
	if err := errors.Join(after.Validate()...); err != nil {
		return Addition{}, plan.Refuse(err)
	}
	owned, err := a.new.owned(after)
	if err != nil {
		return Addition{}, err
	}
	changed, err := a.differ(rec.Blueprint, owned, folder.Files())
	if err != nil {
		return Addition{}, err
	}
	if g.write != nil {
		written, err := g.write(after, folder.Files())
		if err != nil {
			return Addition{}, err
		}
		changed = append(changed, written...)
	}
	d, err := a.refresh.generate.Derive(ctx, Project{
		Name: after.Name, Files: plan.Over(folder.Files(), changed), Dir: dir, Adapters: after.Adapters, Own: after.Own,
	})
	if problems, ok := errors.AsType[model.Problems](err); ok {
		return Addition{}, Unfit{problems}
	}
	if err != nil {
		return Addition{}, err
	}
	if err := errors.Join(refuseEdited(folder.Files(), d), lackedFields(d.model.Services, g.wider)); err != nil {
		return Addition{}, err
	}
	needed, err := a.supply(after.Module, folder.Files(), slices.Concat(owned, changed, d.Write))
	if err != nil {
		return Addition{}, err
	}
	rec.Blueprint = after
	outcome := Change{Files: slices.Concat(changed, d.Write, needed, []plan.File{a.refresh.records.Write(rec)}), Remove: d.Remove}
	broken, err := a.refresh.compile.Outcome(ctx, folder.Files(), dir, outcome)
	if err := errors.Join(err, broken.Err(), ctx.Err()); err != nil {
		return Addition{}, err
	}
	added := tell(rec.Blueprint.Name, folder.Files(), outcome.Files, outcome.Remove)
	added.Breaking = d.Breaking
	return added, folder.Update(outcome.Files, outcome.Remove)
}

// lackedFields returns an error that names the wanted fields that the entities still do
// not have after the changes were merged.
func lackedFields(services []model.Service, want []blueprint.Service) error {
	var lacked ByHand
	for _, w := range want {
		i := slices.IndexFunc(services, func(s model.Service) bool { return s.Entity.Name.Name == w.Name.Pascal() })
		if i < 0 {
			continue // it was renamed, so the fields that were added cannot be identified
		}
		e := services[i].Entity
		for _, f := range w.Fields {
			if !slices.ContainsFunc(e.Fields, func(have model.Field) bool { return have.Name == f.Name.Pascal() }) {
				lacked = append(lacked, fmt.Sprintf("%s: %s has no place for the field %s; add it by hand and try again", e.Pos, e.Name.Name, f.Name.Pascal()))
			}
		}
	}
	if len(lacked) == 0 {
		return nil
	}
	return lacked
}

// tell separates the files that are new from those that already exist.
func tell(project string, there fs.FS, files []plan.File, removed []string) Addition {
	out := Addition{Project: project, Removed: removed}
	slices.SortFunc(files, plan.ByPath)
	for _, f := range files {
		before, err := fs.ReadFile(there, f.Path)
		switch {
		case err != nil:
			out.New = append(out.New, f)
		case !bytes.Equal(before, f.Data):
			out.Changed = append(out.Changed, f)
		}
	}
	return out
}

// supply returns what the project needs besides for the code: files of the kit, the list
// of these, and go.mod and go.sum, as far as they change.
func (a *Add) supply(module string, there fs.FS, code []plan.File) ([]plan.File, error) {
	machinery, err := a.new.machinery(module, code)
	if err != nil {
		return nil, err
	}
	modules, err := a.new.kit.Modules(module, slices.Concat(code, machinery))
	if err != nil {
		return nil, err
	}
	merged, err := a.mergeModules(there, modules)
	if err != nil {
		return nil, err
	}
	lacked, err := lackedMachinery(module, there, machinery)
	return append(merged, lacked...), err
}

// mergeModules returns go.mod and go.sum with the needed requirements added, if they
// change.
func (a *Add) mergeModules(there fs.FS, needed []plan.File) ([]plan.File, error) {
	mine := make([]plan.File, len(needed))
	for i, f := range needed {
		data, err := fs.ReadFile(there, f.Path)
		if err != nil {
			return nil, plan.Refuse(err)
		}
		mine[i] = plan.File{Path: f.Path, Data: data}
	}
	merged, err := a.new.kit.MergeModules(mine, needed)
	return slices.DeleteFunc(merged, func(f plan.File) bool {
		return slices.ContainsFunc(mine, func(m plan.File) bool { return m.Path == f.Path && bytes.Equal(m.Data, f.Data) })
	}), err
}
