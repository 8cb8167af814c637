package app

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/code"
	"github.com/outgrowkit/outgrow/domain/finding"
	"github.com/outgrowkit/outgrow/domain/migration"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/seal"
	"github.com/outgrowkit/outgrow/ports"
)

// Inspect reads what the Go code of a project says beyond its model. It may run the go
// command in dir.
type Inspect func(ctx context.Context, files fs.FS, dir string) (code.Project, error)

// Entries returns the keys of a YAML text. The error is a code.SyntaxError.
type Entries func(data []byte) ([]code.Entry, error)

// Check finds the problems in a project.
type Check struct {
	refresh *Refresh
	inspect Inspect
	entries Entries
}

// NewCheck returns the use case that checks projects.
func NewCheck(r *Refresh, i Inspect, e Entries) *Check {
	return &Check{refresh: r, inspect: i, entries: e}
}

// Run returns all problems in the project in the folder, which is dir on disk, sorted
// by file. It refuses a folder without a project (plan.Refusal). A finding does not
// prevent the other checks.
func (c *Check) Run(ctx context.Context, folder ports.Folder, dir string) ([]finding.Finding, error) {
	e := &examination{Check: c, files: folder.Files(), dir: dir}
	if found, err := c.refresh.resolve.found(ctx, e.files, dir); err != nil || len(found) > 0 {
		return found, err // the rest cannot be read
	}
	if err := e.readRecord(folder); err != nil {
		return nil, err
	}
	if err := e.read(ctx); err != nil {
		return nil, err
	}
	if err := e.foresee(ctx); err != nil {
		return nil, err
	}
	for _, look := range []func() error{e.code, e.record, e.derived, e.migrations, e.configuration, e.kit} {
		if err := look(); err != nil {
			return nil, err
		}
	}
	return finding.Sorted(finding.Allow(e.found, e.rec.Blueprint.Allowed, e.refresh.records.Name())), nil
}

// examination is a project that is being checked.
type examination struct {
	*Check
	files fs.FS
	dir   string

	rec      blueprint.Record
	recorded bool // the record exists and is valid
	misfit   bool // its kit is not the one of this command
	project  code.Project
	d        Derivation
	failed   error // why nothing can be derived, or nil
	found    []finding.Finding
}

func (e *examination) report(pos, rule, message, advice string) {
	e.found = append(e.found, finding.At(pos, rule, message, advice))
}

// readRecord reads the record. Problems in it become findings; a missing record is an
// error.
func (e *examination) readRecord(folder ports.Folder) error {
	name := e.refresh.records.Name()
	rec, err := e.refresh.Record(folder)
	if err == nil {
		e.rec, e.recorded = rec, true
		return nil
	}
	if _, foreign := errors.AsType[blueprint.FormatError](err); foreign || !e.has(name) {
		return err
	}
	e.found = append(e.found, located(err, name, "record", "fix it, or "+restoreIt)...)
	return nil
}

// has reports whether a file exists.
func (e *examination) has(name string) bool {
	_, err := fs.Stat(e.files, name)
	return err == nil
}

// read inspects the code and derives from it, concurrently.
func (e *examination) read(ctx context.Context) error {
	var deriving sync.WaitGroup
	if e.recorded {
		fits, err := e.refresh.fits(e.files, e.rec.Blueprint.Module)
		if err != nil {
			return err
		}
		e.misfit = !fits
	}
	if e.recorded && !e.misfit {
		deriving.Go(func() {
			e.d, e.failed = e.refresh.generate.Derive(ctx, Project{
				Name: e.rec.Blueprint.Name, Files: e.files, Dir: e.dir, Adapters: e.rec.Blueprint.Adapters, Own: e.rec.Blueprint.Own,
			})
		})
	}
	var err error
	e.project, err = e.inspect(ctx, e.files, e.dir)
	deriving.Wait()
	return errors.Join(err, ctx.Err())
}

// foresee drops the compile errors that go away once everything is derived again: it is
// enough to report that files are stale.
func (e *examination) foresee(ctx context.Context) error {
	if len(e.project.Problems) == 0 || len(e.d.Stale()) == 0 { // also if nothing can be derived
		return nil
	}
	write := slices.DeleteFunc(slices.Clone(e.d.Write), func(f plan.File) bool { return e.isGone(f.Path) })
	after, err := e.inspect(ctx, plan.Outcome(e.files, write, e.d.Remove), e.dir)
	e.project.Problems = after.Problems
	return err
}

// code reports problems in the code.
func (e *examination) code() error {
	e.project.Problems = slices.DeleteFunc(e.project.Problems, func(p model.Problem) bool {
		file := fileOf(p)
		return derivedName.MatchString(file) && (e.failed != nil || e.speaksOfGone(p))
	})
	e.found = append(e.found, e.project.Findings()...)
	if module := e.rec.Blueprint.Module; e.recorded && module != e.project.Module {
		e.report("go.mod", "record", "the module is "+e.project.Module+", but "+e.refresh.records.Name()+" says "+module, "change one of them to match the other")
	}
	return nil
}

// migrations reports problems with the migrations.
func (e *examination) migrations() error {
	paths, err := fs.Glob(e.files, migration.Folder("*")+"/*.sql")
	stores := slices.DeleteFunc(slices.Clone(e.rec.Blueprint.Adapters["store"]), func(s string) bool { return e.isGone(migration.Folder(s)) })
	e.found = append(e.found, migration.Check(paths, stores, e.d.Migrations)...)
	if err != nil {
		return err
	}
	return e.editedMigrations(paths)
}

// editedMigrations reports derived migrations that were edited: where one was applied
// before, the edit is not.
func (e *examination) editedMigrations(paths []string) error {
	for _, name := range paths {
		data, err := fs.ReadFile(e.files, name)
		if err != nil {
			return err
		}
		if seal.Of(name, data) == seal.Edited {
			e.report(name, "migration-edited", "this derived migration was edited by hand, but databases to which it was applied do not have the edit",
				"undo the edit and write a new migration; or, if it has not been applied anywhere, delete its first two lines to make it yours")
		}
	}
	return nil
}

// configFile is the default configuration, which is embedded in a project's program.
const configFile = "config.yaml"

// configuration reports problems with the keys of the configuration.
func (e *examination) configuration() error {
	data, err := fs.ReadFile(e.files, configFile)
	if errors.Is(err, fs.ErrNotExist) {
		e.withoutConfiguration()
		return nil
	}
	if err != nil {
		return err
	}
	entries, err := e.entries(data)
	if syntax, ok := errors.AsType[code.SyntaxError](err); ok {
		e.report(finding.Position(configFile, syntax.Line, 0), "config-syntax", "invalid YAML: "+syntax.Text, "")
		return nil
	}
	e.found = append(e.found, e.project.Configuration(configFile, e.rec.Blueprint.Prefix(), entries)...)
	return err
}

// withoutConfiguration reports a missing configuration if the program embeds it.
func (e *examination) withoutConfiguration() {
	main, err := fs.ReadFile(e.files, "main.go")
	for i, line := range strings.Split(string(main), "\n") {
		if err == nil && strings.TrimSpace(line) == "//go:embed "+configFile {
			e.report(finding.Position("main.go", i+1, 1), "config-missing", "the program embeds "+configFile+", which is missing", "restore it")
		}
	}
}

// locatedLine matches a line of an error that begins with a position.
var locatedLine = regexp.MustCompile(`^([^\s:]+:[0-9]+(?::[0-9]+)?): (.+)$`)

// located returns a finding for each line of an error. Lines without a position are
// reported for the file as a whole.
func located(err error, file, rule, advice string) []finding.Finding {
	var found []finding.Finding
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		if m := locatedLine.FindStringSubmatch(line); m != nil {
			found = append(found, finding.At(m[1], rule, m[2], advice))
		} else {
			found = append(found, finding.At(file, rule, strings.TrimPrefix(line, path.Clean(file)+": "), advice))
		}
	}
	return found
}
