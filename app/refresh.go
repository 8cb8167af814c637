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
	"github.com/outgrowkit/outgrow/domain/conflict"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/seal"
	"github.com/outgrowkit/outgrow/ports"
)

// Records reads and writes the record of a project.
type Records interface {
	// Name returns the name of the record's file.
	Name() string
	// Read reads a record. The error has a line for each problem, with its position.
	Read(file string, data []byte) (blueprint.Record, error)
	// Write returns the file for a record.
	Write(r blueprint.Record) plan.File
}

// Refresh updates the derived files of a project.
type Refresh struct {
	generate *Generator
	records  Records
	compile  Compile
	resolve  *Resolve
	fits     Fits
	kit      Kit
}

// NewRefresh returns the use case that updates derived files.
func NewRefresh(g *Generator, r Records, c Compile, resolve *Resolve, fits Fits, kit Kit) *Refresh {
	return &Refresh{generate: g, records: r, compile: c, resolve: resolve, fits: fits, kit: kit}
}

// fitting refuses a project whose kit is not the one of this command (plan.Refusal).
func (r *Refresh) fitting(files fs.FS, rec blueprint.Record) error {
	fits, err := r.fits(files, rec.Blueprint.Module)
	if err == nil && !fits {
		err = misfit(rec)
	}
	return err
}

// Record returns the record of the project in the folder. It refuses a folder without a
// record, or with an invalid one (plan.Refusal).
func (r *Refresh) Record(folder ports.Folder) (blueprint.Record, error) {
	return r.record(folder.Files())
}

func (r *Refresh) record(files fs.FS) (blueprint.Record, error) {
	data, err := fs.ReadFile(files, r.records.Name())
	if errors.Is(err, fs.ErrNotExist) {
		return blueprint.Record{}, plan.Refuse(fmt.Errorf("there is no project in this folder: %s is missing; run outgrow in the folder of a project, or outgrow new to make one", r.records.Name()))
	}
	if err != nil {
		return blueprint.Record{}, plan.Refuse(err)
	}
	if conflict.In(data) {
		return blueprint.Record{}, plan.Refuse(fmt.Errorf("merge conflicts in %s; run outgrow generate first", r.records.Name()))
	}
	rec, err := r.records.Read(r.records.Name(), data)
	if err == nil {
		err = errors.Join(rec.Blueprint.Validate()...)
	}
	return rec, plan.Refuse(err)
}

// Check returns what is stale in the folder, which is dir on disk. It writes nothing.
func (r *Refresh) Check(ctx context.Context, folder ports.Folder, dir string) (Derivation, error) {
	o, err := r.open(ctx, folder, dir)
	if err != nil {
		return Derivation{}, err
	}
	return r.derive(ctx, o, nil)
}

// opened is a project as it is but for conflicts of git, which are resolved.
type opened struct {
	rec      blueprint.Record
	files    fs.FS
	dir      string
	resolved []plan.File // what is not on the disk so
}

// open reads the project in a folder.
func (r *Refresh) open(ctx context.Context, folder ports.Folder, dir string) (opened, error) {
	resolved, err := r.resolve.resolved(ctx, folder.Files(), dir)
	if err != nil {
		return opened{}, err
	}
	o := opened{files: plan.Over(folder.Files(), resolved), dir: dir, resolved: resolved}
	if o.rec, err = r.record(o.files); err != nil {
		return o, err
	}
	return o, errors.Join(r.fitting(o.files, o.rec), refuseLost(o.files), r.refuseIncomplete(o.files, o.rec))
}

// refuseLost refuses a project that has lost its lock (plan.Refusal).
func refuseLost(files fs.FS) error {
	lost, err := lockIsLost(files)
	if err == nil && lost {
		err = plan.Refuse(errors.New(lock.File + ": " + lockLost + "; " + restoreIt))
	}
	return err
}

// Run updates what is stale in the folder, which is dir on disk, and returns what it
// wrote and removed. The changes say what happened to fields that no longer exist. Run
// refuses to replace files that were edited by hand (plan.Refusal), and to write files
// that would not compile (Broken). The rest of the project need not compile: after
// changing a type, one derives first and then fixes the code that uses it.
func (r *Refresh) Run(ctx context.Context, folder ports.Folder, dir string, changes ...lock.Change) (Derivation, error) {
	return r.run(ctx, folder, dir, false, changes)
}

// Stub is Run, and writes the methods that are to be written by hand, empty.
func (r *Refresh) Stub(ctx context.Context, folder ports.Folder, dir string, changes ...lock.Change) (Derivation, error) {
	return r.run(ctx, folder, dir, true, changes)
}

func (r *Refresh) run(ctx context.Context, folder ports.Folder, dir string, stub bool, changes []lock.Change) (Derivation, error) {
	o, err := r.open(ctx, folder, dir)
	if err == nil && stub {
		err = r.addStubs(ctx, &o)
	}
	if err != nil {
		return Derivation{}, err
	}
	d, err := r.derive(ctx, o, changes)
	if err != nil || len(d.Stale()) == 0 {
		return d, err
	}
	if err := refuseEdited(o.files, d); err != nil {
		return Derivation{}, err
	}
	if err := follow(&o.rec.Blueprint, changes, d.model.Services); err != nil {
		return Derivation{}, err
	}
	needed, err := r.newPackages(o, d.Write)
	if err != nil {
		return Derivation{}, err
	}
	d.Write = append(d.Write, needed...)
	change := Change{Files: replaced(d.Write, r.records.Write(o.rec)), Remove: d.Remove}
	broken, err := r.compile.Outcome(ctx, o.files, dir, change)
	if err != nil {
		return Derivation{}, err
	}
	if err := broken.within(change).Err(); err != nil {
		return Derivation{}, err
	}
	if err := ctx.Err(); err != nil {
		return Derivation{}, err
	}
	return d, folder.Update(change.Files, change.Remove)
}

// newPackages returns the files of the kit that a project lacks, if derived files import a
// package of the kit that it does not have yet.
func (r *Refresh) newPackages(o opened, derived []plan.File) ([]plan.File, error) {
	module := o.rec.Blueprint.Module
	folders, err := r.kit.Imported(module, derived)
	if err != nil || !slices.ContainsFunc(folders, func(folder string) bool {
		_, err := fs.Stat(o.files, path.Join(kitFolder, folder))
		return errors.Is(err, fs.ErrNotExist)
	}) {
		return nil, err
	}
	packages, err := r.kit.Packages(module, append(folders, "."))
	if err != nil {
		return nil, err
	}
	return lackedMachinery(module, o.files, packages)
}

// follow applies the changes of fields to the blueprint, so that a field with the old
// name can be added again. A change that the entity of the service does not share is one of
// another struct.
func follow(b *blueprint.Blueprint, changes []lock.Change, services []model.Service) error {
	for _, c := range changes {
		if c.Retype || slices.ContainsFunc(services, func(s model.Service) bool { return c.From.IsIn(s.Entity) }) {
			continue
		}
		service, _, _ := strings.Cut(c.From.Of, ".") // order of order.Details
		if err := b.Follow(service, c.From.Field, c.To.Field); err != nil {
			return plan.Refuse(fmt.Errorf("%s cannot be renamed to %.60s: %w", c.From, c.To.Field, err))
		}
	}
	return nil
}

func (r *Refresh) derive(ctx context.Context, o opened, changes []lock.Change) (Derivation, error) {
	p := o.project()
	p.Changes = changes
	d, err := r.generate.Derive(ctx, p)
	return d.with(o.resolved), err
}

// project returns the project as files are derived from it.
func (o opened) project() Project {
	return Project{Name: o.rec.Blueprint.Name, Files: o.files, Dir: o.dir, Adapters: o.rec.Blueprint.Adapters, Own: o.rec.Blueprint.Own}
}

// addStubs adds the methods that are to be written by hand to the files to be written.
func (r *Refresh) addStubs(ctx context.Context, o *opened) error {
	stubs, err := r.generate.Stubs(ctx, o.project())
	o.files, o.resolved = plan.Over(o.files, stubs), append(o.resolved, stubs...)
	return err
}

// replaced returns the files with one in place of that of its path, if there is one.
func replaced(files []plan.File, by plan.File) []plan.File {
	others := slices.DeleteFunc(slices.Clone(files), func(f plan.File) bool { return f.Path == by.Path })
	return append(others, by)
}

// derivedName matches the names of derived files. The lock and the migrations are not
// among them: once written, they are part of the source.
var derivedName = regexp.MustCompile(`_gen(?:_test)?\.[a-z]+$`)

// IsDerived reports whether a file has the name of a derived file.
func IsDerived(name string) bool { return derivedName.MatchString(name) }

// refuseEdited refuses to replace or remove derived files that were edited, or were
// written by hand, with a line for each.
func refuseEdited(files fs.FS, d Derivation) error {
	names := slices.Clone(d.Remove)
	for _, f := range d.Write {
		names = append(names, f.Path)
	}
	var errs []error
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		switch {
		case errors.Is(err, fs.ErrNotExist), !derivedName.MatchString(name):
		case err != nil:
			return err
		default:
			errs = append(errs, editedError(name, seal.Of(name, data)))
		}
	}
	return plan.Refuse(errors.Join(errs...))
}

// editedError says why a file that has the name of a derived one is not replaced; nil
// if it may be.
func editedError(name string, state seal.State) error {
	switch state {
	case seal.ByHand:
		return fmt.Errorf("%s was written by hand, but a file with this name is derived; rename it", name)
	case seal.Edited:
		return fmt.Errorf("%s was edited by hand; move your changes to a file of your own, delete this one and run outgrow generate again", name)
	}
	return nil
}
