package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/conflict"
	"github.com/outgrowkit/outgrow/domain/finding"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/seal"
)

// Unmerged returns the sides of the files that git has left in conflict, by their paths
// within dir.
type Unmerged func(ctx context.Context, dir string) (map[string]conflict.Sides, error)

// Union merges two branches' versions of a file.
type Union func(ours, theirs []byte) ([]byte, error)

// Resolve resolves merge conflicts in files that are not written by hand: derived files
// are derived again, and other files get the additions of both branches.
type Resolve struct {
	records  Records
	unmerged Unmerged
	unions   map[string]Union
}

// NewResolve returns the use case that resolves conflicts. The unions are those of files
// by their paths, beside the record, the lock and derived files.
func NewResolve(r Records, u Unmerged, unions map[string]Union) *Resolve {
	return &Resolve{records: r, unmerged: u, unions: unions}
}

// SumsFile lists the checksums of the kit's files in a project, in the format of
// sha256sum.
const SumsFile = kitFolder + "/SUMS"

// inConflict returns which of the files that can be resolved have conflicts.
func (r *Resolve) inConflict(files fs.FS) ([]string, error) {
	names, err := derivedNames(files)
	names = slices.Concat(slices.Sorted(maps.Keys(r.unions)), []string{SumsFile, lock.File, r.records.Name()}, names)
	return slices.DeleteFunc(names, func(name string) bool {
		data, err := fs.ReadFile(files, name)
		return err != nil || !conflict.In(data)
	}), err
}

// refuse refuses to continue while there are conflicts that can be resolved.
func (r *Resolve) refuse(files fs.FS) error {
	names, err := r.inConflict(files)
	if err != nil || len(names) == 0 {
		return err
	}
	return plan.Refuse(fmt.Errorf("merge conflicts in %s; run outgrow generate first", strings.Join(names, ", ")))
}

// found returns a finding for each file in conflict, whoever has to resolve it.
func (r *Resolve) found(ctx context.Context, files fs.FS, dir string) ([]finding.Finding, error) {
	names, err := r.inConflict(files)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	unmerged, err := r.unmerged(ctx, dir)
	var found []finding.Finding
	for _, pos := range conflicts(files, slices.Concat(names, slices.Collect(maps.Keys(unmerged)))) {
		name, _, _ := strings.Cut(pos, ":")
		advice := "run outgrow generate"
		if !slices.Contains(names, name) {
			advice = "resolve it, and run outgrow generate"
		}
		found = append(found, finding.At(pos, "conflict", "merge conflict", advice))
	}
	return finding.Sorted(found), err
}

// conflicts returns where files have conflicts, each as file:line.
func conflicts(files fs.FS, names []string) []string {
	var all []string
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		if data, err := fs.ReadFile(files, name); err == nil && conflict.In(data) {
			all = append(all, finding.Position(name, conflict.Line(data), 0))
		}
	}
	return all
}

// resolved returns the files in conflict without them. It refuses (plan.Refusal) where
// people have to decide first, and to lose what was written by hand on either branch.
func (r *Resolve) resolved(ctx context.Context, files fs.FS, dir string) ([]plan.File, error) {
	names, err := r.inConflict(files)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	unmerged, err := r.unmerged(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := decidedFirst(files, slices.Collect(maps.Keys(unmerged))); err != nil {
		return nil, err
	}
	m := &merging{Resolve: r, files: files, unmerged: unmerged}
	out := make([]plan.File, len(names))
	var errs []error
	for i, name := range names {
		data, err := m.merge(name)
		out[i] = plan.File{Path: name, Data: data}
		errs = append(errs, err)
	}
	return out, plan.Refuse(errors.Join(errs...))
}

// decidedFirst refuses to derive from what has conflicts.
func decidedFirst(files fs.FS, unmerged []string) error {
	var errs []error
	for _, pos := range conflicts(files, slices.DeleteFunc(unmerged, func(name string) bool { return !isSource(name) })) {
		errs = append(errs, fmt.Errorf("%s: merge conflict; resolve it, and run outgrow generate again", pos))
	}
	return plan.Refuse(errors.Join(errs...))
}

// isSource reports whether a file is written by hand and derived from.
func isSource(name string) bool {
	folder, _, _ := strings.Cut(name, "/")
	return path.Ext(name) == ".go" && !strings.HasSuffix(name, "_test.go") && !IsDerived(name) && slices.Contains([]string{"domain", "ports", "adapters"}, folder)
}

// merging is conflicts that are being resolved.
type merging struct {
	*Resolve
	files    fs.FS
	unmerged map[string]conflict.Sides
}

// sides returns the sides of a file: as git has kept them or, if it has not, as they
// stand between the markers.
func (m *merging) sides(name string) conflict.Sides {
	if s, ok := m.unmerged[name]; ok {
		return s
	}
	data, _ := fs.ReadFile(m.files, name) // without it there is no side
	s, _ := conflict.Read(data)
	return s
}

// merge returns a file without its conflicts.
func (m *merging) merge(name string) ([]byte, error) {
	s := m.sides(name)
	switch union := m.unions[name]; {
	case union != nil:
		return union(s.Ours, s.Theirs)
	case name == lock.File:
		return m.lock(s)
	case name == m.records.Name():
		return m.record(s)
	case name == SumsFile:
		return m.sums(s)
	}
	return derived(name, s)
}

// derived returns a derived file as it is on one of the branches, if nobody has edited
// it on either: it is derived anew.
func derived(name string, s conflict.Sides) ([]byte, error) {
	for _, side := range [][]byte{s.Ours, s.Theirs} {
		if side != nil && seal.Of(name, side) != seal.Derived {
			return nil, fmt.Errorf("%s has a merge conflict, and may have been edited by hand; move your changes to a file of your own, delete this one and run outgrow generate again", name)
		}
	}
	if s.Ours == nil {
		return s.Theirs, nil
	}
	return s.Ours, nil
}

func (m *merging) lock(s conflict.Sides) ([]byte, error) {
	there, err := migrationsOf(m.files)
	if err != nil {
		return nil, err
	}
	ours, err := lock.Parse(s.Ours)
	if err != nil {
		return nil, err
	}
	theirs, err := lock.Parse(s.Theirs)
	if err != nil {
		return nil, err
	}
	base, err := lock.Parse(s.Base)
	if err != nil {
		base = lock.Lock{} // it is of an earlier format
	}
	merged, err := lock.Union(base, ours, theirs, there.has)
	return merged.Text(), err
}

func (m *merging) record(s conflict.Sides) ([]byte, error) {
	base, ours, theirs, err := m.recorded(s)
	if err != nil {
		return nil, err
	}
	return m.records.Write(blueprint.Union(base, ours, theirs)).Data, nil
}

// recorded reads the sides of the record.
func (m *merging) recorded(s conflict.Sides) (base, ours, theirs blueprint.Record, err error) {
	name := m.records.Name()
	if ours, err = m.records.Read(name, s.Ours); err != nil {
		return base, ours, theirs, err
	}
	if theirs, err = m.records.Read(name, s.Theirs); err != nil {
		return base, ours, theirs, err
	}
	if base, err = m.records.Read(name, s.Base); err != nil {
		base = blueprint.Record{} // there is none, or it is of an earlier format
	}
	return base, ours, theirs, nil
}

// sums returns the union of the kit's checksums: where they differ, those of the newer
// kit, which the record tells.
func (m *merging) sums(s conflict.Sides) ([]byte, error) {
	_, ours, theirs, err := m.recorded(m.sides(m.records.Name()))
	if err == nil && blueprint.CompareVersions(ours.Kit, theirs.Kit) > 0 {
		return seal.ParseSums(s.Theirs).Union(seal.ParseSums(s.Ours)).Text(), nil
	}
	return seal.ParseSums(s.Ours).Union(seal.ParseSums(s.Theirs)).Text(), nil
}
