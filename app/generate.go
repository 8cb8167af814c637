package app

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/migration"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Reader reads the model of a project from its plain Go code. It may run the go command
// in dir, which is "" for a project that is not on disk.
type Reader func(ctx context.Context, files fs.FS, dir string) (model.Project, error)

// Emitter derives files from a model. It returns all of its files each time.
type Emitter func(p model.Project) ([]plan.File, error)

// Migrator derives all migrations that create the tables, for all stores. The name of
// each begins with its number.
type Migrator func(p model.Project, tables []lock.Table) ([]plan.File, error)

// Generator derives all derived files of a project.
type Generator struct {
	read     Reader
	migrate  Migrator
	emitters []Emitter
}

// NewGenerator returns a generator that uses the emitters.
func NewGenerator(read Reader, migrate Migrator, emitters ...Emitter) *Generator {
	return &Generator{read: read, migrate: migrate, emitters: emitters}
}

// Project is the project that files are derived from.
type Project struct {
	Files  fs.FS
	Dir    string // where the go command may be run; "" for a project that is not on disk
	Stores []string
	Buses  []string
	// Changes say what happened to fields that are in the lock but no longer in Go.
	Changes []lock.Change
}

// Derivation is the difference between a project and what is derived from it.
type Derivation struct {
	Write  []plan.File // new or changed files
	Remove []string    // derived files that are no longer needed

	Migrations []string // all that the lock lists, whether they exist or not

	services []model.Service // the services of the project
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

// Derive reads the project and derives its files. If nothing can be derived, the error
// is model.Problems with all of the reasons.
func (g *Generator) Derive(ctx context.Context, p Project) (Derivation, error) {
	m, err := g.read(ctx, p.Files, p.Dir)
	if err != nil {
		return Derivation{}, err
	}
	m.Stores, m.Buses = p.Stores, p.Buses
	derived, migrations, err := g.derive(p, m)
	if err != nil {
		return Derivation{}, err
	}
	d, err := compare(p.Files, derived)
	d.Migrations, d.services = migrations, m.Services
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
	if err := l.Apply(&m, there.next()); err != nil {
		return nil, nil, err
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

// migrations are the numbers of the existing migrations, by folder. They may have been
// applied or edited, so none is written again.
type migrations map[string]map[int]bool

func migrationsOf(files fs.FS) (migrations, error) {
	names, err := fs.Glob(files, "adapters/*/migrations/*.sql")
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

// next returns the next free number.
func (m migrations) next() int {
	next := 1
	for _, numbers := range m {
		for n := range numbers {
			next = max(next, n+1)
		}
	}
	return next
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
	slices.SortFunc(d.Write, func(a, b plan.File) int { return strings.Compare(a.Path, b.Path) })
	var err error
	d.Remove, err = leftovers(files, emitted)
	return d, err
}

// leftovers returns the existing derived files that are no longer derived.
func leftovers(files fs.FS, emitted map[string]bool) ([]string, error) {
	var left []string
	for _, root := range []string{"adapters", "app", "ports"} {
		err := fs.WalkDir(files, root, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist) && name == root:
				return nil
			case err != nil || entry.IsDir() || emitted[name] || !derivedName.MatchString(name):
				return err
			}
			data, err := fs.ReadFile(files, name)
			if err == nil && isMarked(name, data) {
				left = append(left, name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return left, nil
}
