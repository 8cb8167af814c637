package app

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/api"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/migration"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/seal"
)

// Reader reads the model of a project from its plain Go code. It may run the go command
// in dir, which is "" for a project that is not on disk.
type Reader func(ctx context.Context, files fs.FS, dir string) (model.Project, error)

// Emitter derives files from a model. It returns all of its files each time.
type Emitter func(p model.Project) ([]plan.File, error)

// Migrator derives the migrations of all stores that make the tables, from the
// first: the name of each begins with its version.
type Migrator func(p model.Project, tables []lock.Table) ([]plan.File, error)

// Now returns the version of a migration that is made now: see migration.Version.
type Now func() int

// Generator derives all derived files of a project.
type Generator struct {
	read     Reader
	now      Now
	migrate  Migrator
	stub     Emitter
	emitters []Emitter
}

// NewGenerator returns a generator that uses the emitters. stub returns what is to be written
// by hand, empty.
func NewGenerator(read Reader, now Now, migrate Migrator, stub Emitter, emitters ...Emitter) *Generator {
	return &Generator{read: read, now: now, migrate: migrate, stub: stub, emitters: emitters}
}

// Project is the project that files are derived from.
type Project struct {
	Name     string
	Files    fs.FS
	Dir      string              // where the go command may be run; "" for a project that is not on disk
	Adapters map[string][]string // of each port
	Own      []blueprint.OwnPort // the owner's own
	// Changes say what happened to fields that are in the lock but no longer in Go.
	Changes []lock.Change
}

// Derivation is the difference between a project and what is derived from it.
type Derivation struct {
	Write  []plan.File // new or changed files
	Remove []string    // derived files that are no longer needed

	Migrations []string // all that the lock lists, whether they exist or not

	Breaking []api.Change // how it breaks clients of what was derived before

	model model.Project // of the project
}

// Stale returns the sorted paths of the files to be written or removed.
func (d Derivation) Stale() []string {
	stale := slices.Clone(d.Remove)
	for _, f := range d.Write {
		stale = append(stale, f.Path)
	}
	slices.Sort(stale)
	return stale
}

// model reads the project.
func (g *Generator) model(ctx context.Context, p Project) (model.Project, error) {
	m, err := g.read(ctx, p.Files, p.Dir)
	m.Name, m.Adapters, m.Own = p.Name, p.Adapters, p.Own
	return m, err
}

// Stubs returns new files with the methods of the project that are to be written by hand.
func (g *Generator) Stubs(ctx context.Context, p Project) ([]plan.File, error) {
	m, err := g.model(ctx, p)
	if err != nil {
		return nil, err
	}
	stubs, err := g.stub(m)
	for i, f := range stubs {
		stem := strings.TrimSuffix(f.Path, path.Ext(f.Path))
		for n := 2; isThere(p.Files, stubs[i].Path); n++ {
			stubs[i].Path = stem + strconv.Itoa(n) + path.Ext(f.Path)
		}
	}
	return stubs, err
}

// Derive reads the project and derives its files. If nothing can be derived, the error
// is model.Problems with all of the reasons.
func (g *Generator) Derive(ctx context.Context, p Project) (Derivation, error) {
	m, err := g.model(ctx, p)
	if err != nil {
		return Derivation{}, err
	}
	derived, migrations, err := g.derive(p, m)
	if err != nil {
		return Derivation{}, err
	}
	d, err := compare(p.Files, stamped(derived))
	d.Migrations, d.model, d.Breaking = migrations, m, d.breaking(p.Files)
	return d, err
}

// derive returns all files derived from the model, and the paths of all migrations that
// the lock lists.
func (g *Generator) derive(p Project, m model.Project) (derived []plan.File, paths []string, err error) {
	there, err := migrationsOf(p.Files)
	if err != nil {
		return nil, nil, err
	}
	l, err := readLock(p.Files)
	if err != nil {
		return nil, nil, err
	}
	if err := l.Change(&m, p.Changes); err != nil {
		return nil, nil, plan.Refuse(err)
	}
	if err := l.Apply(&m, migration.Next(there.highest(), g.now())); err != nil {
		return nil, nil, err
	}
	m.Migrated = map[string]bool{}
	for _, store := range m.Adapters["store"] {
		m.Migrated[store] = len(l.Tables()) > 0 || len(there[migration.Folder(store)]) > 0
	}
	derived, err = g.emit(m)
	if err != nil {
		return nil, nil, err
	}
	migrations, err := g.migrate(m, l.Tables())
	if err != nil {
		return nil, nil, err
	}
	for _, f := range migrations {
		paths = append(paths, f.Path)
		if !there[path.Dir(f.Path)][migration.Number(f.Path)] {
			derived = append(derived, f)
		}
	}
	return append(derived, plan.File{Path: lock.File, Data: l.Text()}), paths, nil
}

// stamped returns derived files that say so and carry their checksums. The lock does
// not: people may edit it.
func stamped(derived []plan.File) []plan.File {
	for i, f := range derived {
		if f.Path != lock.File {
			derived[i].Data = seal.Stamp(f.Path, f.Data)
		}
	}
	return derived
}

// with returns the derivation of a project in which files were in conflict that are
// to be written without.
func (d Derivation) with(resolved []plan.File) Derivation {
	for _, f := range resolved {
		if !slices.Contains(d.Stale(), f.Path) {
			d.Write = append(d.Write, f)
		}
	}
	slices.SortFunc(d.Write, plan.ByPath)
	return d
}

// emit runs all emitters, and returns the problems that they found together.
func (g *Generator) emit(m model.Project) ([]plan.File, error) {
	var derived []plan.File
	var problems model.Problems
	for _, emit := range g.emitters {
		files, err := emit(m)
		if found, ok := errors.AsType[model.Problems](err); ok {
			problems = append(problems, found...)
		} else if err != nil {
			return nil, err
		}
		derived = append(derived, files...)
	}
	return derived, problems.Err()
}

func readLock(files fs.FS) (lock.Lock, error) {
	data, err := fs.ReadFile(files, lock.File)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return lock.Lock{}, plan.Refuse(err)
	}
	l, err := lock.Parse(data)
	return l, plan.Refuse(err)
}

// migrations are the versions of the migrations that are there, by folder. They
// may have been applied, or edited: none is written again.
type migrations map[string]map[int]bool

func migrationsOf(files fs.FS) (migrations, error) {
	names, err := fs.Glob(files, migration.Folder("*")+"/*.sql")
	there := migrations{}
	for _, name := range names {
		folder := path.Dir(name)
		if there[folder] == nil {
			there[folder] = map[int]bool{}
		}
		there[folder][migration.Number(name)] = true
	}
	return there, err
}

// has reports whether a migration of the version is there, in any folder.
func (m migrations) has(version int) bool {
	for _, versions := range m {
		if versions[version] {
			return true
		}
	}
	return false
}

// highest returns the highest of all versions, or 0.
func (m migrations) highest() int {
	highest := 0
	for _, versions := range m {
		for v := range versions {
			highest = max(highest, v)
		}
	}
	return highest
}

// compare returns the difference between the existing and the derived files.
func compare(files fs.FS, derived []plan.File) (Derivation, error) {
	var d Derivation
	emitted := map[string]bool{}
	for _, f := range derived {
		emitted[f.Path] = true
		there, err := fs.ReadFile(files, f.Path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return d, err
		}
		if err != nil || !bytes.Equal(there, f.Data) {
			d.Write = append(d.Write, f)
		}
	}
	slices.SortFunc(d.Write, plan.ByPath)
	var err error
	d.Remove, err = leftovers(files, emitted)
	return d, err
}

// leftovers returns the existing derived files that are no longer derived.
func leftovers(files fs.FS, emitted map[string]bool) ([]string, error) {
	there, err := derivedFiles(files)
	return slices.DeleteFunc(there, func(name string) bool { return emitted[name] }), err
}

// derivedFiles returns the derived files that are there, migrations aside.
func derivedFiles(files fs.FS) ([]string, error) {
	names, err := derivedNames(files)
	var errs []error
	there := slices.DeleteFunc(names, func(name string) bool {
		data, err := fs.ReadFile(files, name)
		if errors.Is(err, fs.ErrNotExist) {
			return true // a link that leads nowhere
		}
		errs = append(errs, err)
		return seal.Of(name, data) == seal.ByHand
	})
	return there, errors.Join(append(errs, err)...)
}

// derivedNames returns the files that have the names of derived ones.
func derivedNames(files fs.FS) ([]string, error) {
	there, err := fs.Glob(files, "*_gen.go")
	if err != nil {
		return nil, err
	}
	for _, root := range []string{"adapters", "ports"} {
		err := fs.WalkDir(files, root, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist) && name == root:
				return nil
			case err != nil || entry.IsDir() || !derivedName.MatchString(name):
				return err
			}
			there = append(there, name)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return there, nil
}
