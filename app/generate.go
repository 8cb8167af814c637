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

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Reader reads the model of a project from its plain Go. The go command may be
// run in dir; "" is for a project that is not on the disk.
type Reader func(ctx context.Context, files fs.FS, dir string) (model.Project, error)

// Emitter derives files from a model: all of its own, each time.
type Emitter func(p model.Project) ([]plan.File, error)

// Migrator returns the migrations that follow from what is new, numbered from
// next, and takes what they make into the lock.
type Migrator func(p model.Project, l *lock.Lock, changes []lock.Change, next int) ([]plan.File, error)

// Generator derives everything that is derived in a project.
type Generator struct {
	read     Reader
	migrate  Migrator
	emitters []Emitter
}

// NewGenerator returns a generator that derives with the emitters.
func NewGenerator(read Reader, migrate Migrator, emitters ...Emitter) *Generator {
	return &Generator{read: read, migrate: migrate, emitters: emitters}
}

// Project is what is derived from.
type Project struct {
	Files  fs.FS
	Dir    string // where the go command may be run; "" for a project that is not on the disk
	Stores []string
	Buses  []string
}

// Derivation is what a project differs in from what is derived.
type Derivation struct {
	Write  []plan.File // new, or different from what is there
	Remove []string    // what nothing is derived for any more
}

// Stale returns the paths of what is to be written or removed, in order.
func (d Derivation) Stale() []string {
	stale := slices.Clone(d.Remove)
	for _, f := range d.Write {
		stale = append(stale, f.Path)
	}
	slices.Sort(stale)
	return stale
}

// Derive reads the project and derives what follows. The error is model.Problems,
// all of them, where nothing can be derived.
func (g *Generator) Derive(ctx context.Context, p Project) (Derivation, error) {
	m, err := g.read(ctx, p.Files, p.Dir)
	if err != nil {
		return Derivation{}, err
	}
	m.Stores, m.Buses = p.Stores, p.Buses
	derived, err := g.derive(p.Files, m)
	if err != nil {
		return Derivation{}, err
	}
	return compare(p.Files, derived)
}

// derive returns everything that is derived from the model.
func (g *Generator) derive(files fs.FS, m model.Project) ([]plan.File, error) {
	l, err := readLock(files)
	if err != nil {
		return nil, err
	}
	changes, err := l.Apply(&m)
	if err != nil {
		return nil, err
	}
	var derived []plan.File
	var problems model.Problems
	for _, emit := range g.emitters {
		out, err := emit(m)
		var found model.Problems
		switch {
		case errors.As(err, &found):
			problems = append(problems, found...)
		case err != nil:
			return nil, err
		}
		derived = append(derived, out...)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	next, err := nextMigration(files)
	if err != nil {
		return nil, err
	}
	migrations, err := g.migrate(m, &l, changes, next)
	if err != nil {
		return nil, err
	}
	return append(append(derived, migrations...), plan.File{Path: lock.File, Data: l.Text()}), nil
}

func readLock(files fs.FS) (lock.Lock, error) {
	data, err := fs.ReadFile(files, lock.File)
	if errors.Is(err, fs.ErrNotExist) {
		return lock.Lock{}, nil
	}
	if err != nil {
		return lock.Lock{}, err
	}
	return lock.Parse(data)
}

// nextMigration returns the number after those of the migrations that are there.
func nextMigration(files fs.FS) (int, error) {
	names, err := fs.Glob(files, "adapters/*/migrations/*.sql")
	if err != nil {
		return 0, err
	}
	next := 1
	for _, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		if n, err := strconv.Atoi(number); err == nil && n >= next {
			next = n + 1
		}
	}
	return next, nil
}

// compare returns what differs between what is there and what is derived.
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
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if base := entry.Name(); name != "." && (strings.HasPrefix(base, ".") || base == "data") {
				return fs.SkipDir
			}
			return nil
		}
		if !derivedName.MatchString(name) || emitted[name] {
			return nil
		}
		data, err := fs.ReadFile(files, name)
		if err == nil && isMarked(name, data) {
			d.Remove = append(d.Remove, name)
		}
		return err
	})
	return d, err
}
