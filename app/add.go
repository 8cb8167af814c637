package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

// MergeYAML returns the text mine with the sections that after has and before has
// not.
type MergeYAML func(mine, before, after []byte) ([]byte, error)

// Add gives a project more than it was made with.
type Add struct {
	new     *New
	refresh *Refresh
	merge   MergeYAML
}

// NewAdd returns the use case that adds to projects.
func NewAdd(n *New, r *Refresh, m MergeYAML) *Add { return &Add{new: n, refresh: r, merge: m} }

// Addition is what a project differs in from what it is with something added.
type Addition struct {
	Project string
	New     []plan.File
	Changed []plan.File
	Removed []string
}

// ByHand is what must be done by hand first, a text for each file. Nothing was
// written.
type ByHand []string

// Error returns the texts.
func (b ByHand) Error() string { return strings.Join(b, "\n") }

// Adapter gives the project in the folder, which is dir on the disk, an adapter.
// What nobody has edited is replaced; configuration is given new sections, and
// keeps everything else. Where a file that was edited needs more, the error is
// ByHand.
func (a *Add) Adapter(ctx context.Context, name string, folder ports.Folder, dir string) (Addition, error) {
	rec, err := a.refresh.Record(folder)
	if err != nil {
		return Addition{}, err
	}
	before, after := rec.Blueprint, rec.Blueprint
	if err := after.Include(name); err != nil {
		return Addition{}, plan.Refuse(err)
	}
	changed, err := a.differ(before, after, folder.Files())
	if err != nil {
		return Addition{}, err
	}
	d, err := a.refresh.generate.Derive(ctx, Project{
		Files: plan.Over(folder.Files(), changed), Dir: dir, Stores: after.Stores, Buses: after.Buses,
	})
	if err != nil {
		return Addition{}, err
	}
	if err := refuseEdited(folder.Files(), rec.Generated, d); err != nil {
		return Addition{}, err
	}
	rec.Blueprint, rec.Generated = after, checksums(rec.Generated, d)
	all := slices.Concat(changed, d.Write, []plan.File{a.refresh.records.Write(rec)})
	return tell(rec.Blueprint.Name, folder.Files(), all, d.Remove), errors.Join(ctx.Err(), folder.Update(all, d.Remove))
}

// tell sorts files into those that are new and those that are not.
func tell(project string, there fs.FS, files []plan.File, removed []string) Addition {
	out := Addition{Project: project, Removed: removed}
	slices.SortFunc(files, plan.ByPath)
	for _, f := range files {
		if _, err := fs.Stat(there, f.Path); err != nil {
			out.New = append(out.New, f)
		} else {
			out.Changed = append(out.Changed, f)
		}
	}
	return out
}

// differ returns the files in which a project of the blueprint after differs from
// what there is, as far as it is due to what it has more than before.
func (a *Add) differ(before, after blueprint.Blueprint, there fs.FS) ([]plan.File, error) {
	was, err := a.new.code(before)
	if err != nil {
		return nil, err
	}
	is, err := a.new.code(after)
	if err != nil {
		return nil, err
	}
	old := map[string][]byte{}
	for _, f := range was.Files() {
		old[f.Path] = f.Data
	}
	var changed, modules []plan.File
	var byHand ByHand
	for _, f := range is.Files() {
		if f.Path == "go.mod" || f.Path == "go.sum" {
			modules = append(modules, f)
			continue
		}
		before, had := old[f.Path]
		if had && bytes.Equal(before, f.Data) {
			continue
		}
		data, problem, err := a.change(there, f, before, had)
		switch {
		case err != nil:
			return nil, err
		case problem != "":
			byHand = append(byHand, problem)
		case data != nil:
			changed = append(changed, plan.File{Path: f.Path, Data: data, Executable: f.Executable})
		}
	}
	if len(byHand) > 0 {
		return nil, byHand
	}
	merged, err := a.mergeModules(there, modules)
	return append(changed, merged...), err
}

// change returns what a file is to be: nil if it stays as it is. The problem is
// what has to be done by hand.
func (a *Add) change(there fs.FS, f plan.File, before []byte, had bool) (data []byte, problem string, err error) {
	mine, err := fs.ReadFile(there, f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && had:
		return nil, "", nil // its owner does without
	case errors.Is(err, fs.ErrNotExist):
		return f.Data, "", nil
	case err != nil:
		return nil, "", err
	case bytes.Equal(mine, f.Data):
		return nil, "", nil
	case !had:
		return nil, f.Path + " is in the way: give it another name", nil
	case bytes.Equal(mine, before):
		return f.Data, "", nil
	}
	if ext := path.Ext(f.Path); ext == ".yaml" || ext == ".yml" {
		merged, err := a.merge(mine, before, f.Data)
		if err == nil && bytes.Equal(merged, mine) {
			merged = nil
		}
		if err == nil {
			return merged, "", nil
		}
	}
	return nil, missing(f.Path, mine, before, f.Data), nil
}

// missing tells which lines a file that was edited lacks; "" if it has them all.
func missing(name string, mine, before, after []byte) string {
	known := map[string]bool{}
	for _, text := range [][]byte{mine, before} {
		for line := range bytes.Lines(text) {
			known[strings.TrimSpace(string(line))] = true
		}
	}
	var b strings.Builder
	for line := range bytes.Lines(after) {
		if !known[strings.TrimSpace(string(line))] {
			fmt.Fprintf(&b, "    %s", line)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return name + " was edited; add these lines to it, and try again:\n" + strings.TrimRight(b.String(), "\n")
}

// mergeModules returns go.mod and go.sum with what is needed besides.
func (a *Add) mergeModules(there fs.FS, needed []plan.File) ([]plan.File, error) {
	mine := make([]plan.File, len(needed))
	for i, f := range needed {
		data, err := fs.ReadFile(there, f.Path)
		if err != nil {
			return nil, plan.Refuse(err)
		}
		mine[i] = plan.File{Path: f.Path, Data: data}
	}
	return a.new.kit.MergeModules(mine, needed)
}
