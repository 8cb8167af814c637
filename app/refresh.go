package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/conflict"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/seal"
	"github.com/outgrowkit/outgrow/ports"
)

// Records reads and writes the record of a project.
type Records interface {
	// Name returns the name of the record's file.
	Name() string
	// Read reads a record; the error has a line with file, line and column for
	// each thing that is wrong.
	Read(file string, data []byte) (blueprint.Record, error)
	// Write returns the file of a record.
	Write(r blueprint.Record) plan.File
}

// Refresh derives anew what follows from the code of a project.
type Refresh struct {
	generate *Generator
	records  Records
	compile  Compile
	resolve  *Resolve
}

// NewRefresh returns the use case that derives anew.
func NewRefresh(g *Generator, r Records, c Compile, resolve *Resolve) *Refresh {
	return &Refresh{generate: g, records: r, compile: c, resolve: resolve}
}

// Record returns the record of the project in the folder. It refuses a folder
// that has none, or one that cannot be read (plan.Refusal).
func (r *Refresh) Record(folder ports.Folder) (blueprint.Record, error) {
	return r.record(folder.Files())
}

func (r *Refresh) record(files fs.FS) (blueprint.Record, error) {
	data, err := fs.ReadFile(files, r.records.Name())
	if errors.Is(err, fs.ErrNotExist) {
		return blueprint.Record{}, plan.Refuse(fmt.Errorf("there is no project in this folder: %s is missing", r.records.Name()))
	}
	if err != nil {
		return blueprint.Record{}, plan.Refuse(err)
	}
	if conflict.In(data) {
		return blueprint.Record{}, plan.Refuse(fmt.Errorf("git left %s in conflict; run outgrow generate first", r.records.Name()))
	}
	rec, err := r.records.Read(r.records.Name(), data)
	if err == nil {
		err = errors.Join(rec.Blueprint.Validate()...)
	}
	return rec, plan.Refuse(err)
}

// Check returns what is stale in the folder, which is dir on the disk, and
// writes nothing.
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
	o.rec, err = r.record(o.files)
	return o, err
}

// Run derives what is stale in the folder, which is dir on the disk, and returns
// what it wrote and removed. The changes say what became of fields that are gone. It
// refuses to replace what was edited by hand (plan.Refusal), and to write what would
// not compile (Broken). Whether the rest of the project compiles is its owner's: who
// changes a type derives first, and mends what uses it then.
func (r *Refresh) Run(ctx context.Context, folder ports.Folder, dir string, changes ...lock.Change) (Derivation, error) {
	o, err := r.open(ctx, folder, dir)
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
	if err := follow(&o.rec.Blueprint, changes); err != nil {
		return Derivation{}, err
	}
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

// follow has the blueprint say what became of fields: one of the same name can be
// added again.
func follow(b *blueprint.Blueprint, changes []lock.Change) error {
	for _, c := range changes {
		service, _, _ := strings.Cut(c.From.Of, ".") // order of order.Details
		if err := b.Follow(service, c.From.Field, c.To.Field); err != nil {
			return plan.Refuse(fmt.Errorf("%s is now called %.60s: %w", c.From, c.To.Field, err))
		}
	}
	return nil
}

func (r *Refresh) derive(ctx context.Context, o opened, changes []lock.Change) (Derivation, error) {
	d, err := r.generate.Derive(ctx, Project{
		Name: o.rec.Blueprint.Name, Files: o.files, Dir: o.dir,
		Stores: o.rec.Blueprint.Stores, Buses: o.rec.Blueprint.Buses, Changes: changes,
	})
	return d.with(o.resolved), err
}

// replaced returns the files with one in place of that of its path, if there is one.
func replaced(files []plan.File, by plan.File) []plan.File {
	others := slices.DeleteFunc(slices.Clone(files), func(f plan.File) bool { return f.Path == by.Path })
	return append(others, by)
}

// derivedName is what the names of derived files end with. The lock and the
// migrations are not among them: once written, they are what is derived from.
var derivedName = regexp.MustCompile(`_gen(?:_test)?\.[a-z]+$`)

// IsDerived reports whether a file has the name of one that is derived.
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
		return fmt.Errorf("%s was written by hand, and has the name of a file that is derived; give it another", name)
	case seal.Edited:
		return fmt.Errorf("%s was edited by hand; move what you wrote to a file of its own, delete this one and generate again", name)
	}
	return nil
}
