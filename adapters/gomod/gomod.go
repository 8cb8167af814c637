// Package gomod joins the module files of a project: those of two branches, or a
// project's with what code that is added to it needs.
package gomod

import (
	"errors"
	"fmt"
	"go/version"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Union returns a go.mod with what either of two has: ours, and what theirs has
// besides. The higher version wins. What they do not agree on is refused
// (plan.Refusal), in a line each.
func Union(ours, theirs []byte) ([]byte, error) {
	o, err := modfile.Parse("go.mod", ours, nil)
	if err != nil {
		return nil, plan.Refuse(err)
	}
	t, err := modfile.Parse("go.mod", theirs, nil)
	if err != nil {
		return nil, plan.Refuse(err)
	}
	if pathOf(o) != pathOf(t) {
		return nil, plan.Refuse(fmt.Errorf("go.mod: the module is %s here and %s there; make them the same", pathOf(o), pathOf(t)))
	}
	o.SetRequireSeparateIndirect(requirements(slices.Concat(o.Require, t.Require)))
	for _, join := range []func(o, t *modfile.File) error{joinGo, joinReplaced, joinExcluded, joinTools, joinSettings} {
		if err := join(o, t); err != nil {
			return nil, plan.Refuse(err)
		}
	}
	o.Cleanup()
	return o.Format()
}

func pathOf(f *modfile.File) string {
	if f.Module == nil {
		return "without a name"
	}
	return f.Module.Mod.Path
}

// requirements returns each module once, in its highest version.
func requirements(all []*modfile.Require) []*modfile.Require {
	merged := map[string]*modfile.Require{}
	var order []*modfile.Require
	for _, r := range all {
		have, ok := merged[r.Mod.Path]
		if !ok {
			have = &modfile.Require{Mod: r.Mod, Indirect: r.Indirect}
			merged[r.Mod.Path], order = have, append(order, have)
		}
		if semver.Compare(r.Mod.Version, have.Mod.Version) > 0 {
			have.Mod = r.Mod
		}
		have.Indirect = have.Indirect && r.Indirect
	}
	return order
}

// joinGo takes the higher version of Go, and of its toolchain.
func joinGo(o, t *modfile.File) error {
	if t.Go != nil && (o.Go == nil || version.Compare("go"+t.Go.Version, "go"+o.Go.Version) > 0) {
		if err := o.AddGoStmt(t.Go.Version); err != nil {
			return err
		}
	}
	if t.Toolchain != nil && (o.Toolchain == nil || version.Compare(t.Toolchain.Name, o.Toolchain.Name) > 0) {
		return o.AddToolchainStmt(t.Toolchain.Name)
	}
	return nil
}

func joinReplaced(o, t *modfile.File) error {
	var errs []error
	for _, r := range t.Replace {
		i := slices.IndexFunc(o.Replace, func(have *modfile.Replace) bool { return have.Old == r.Old })
		switch {
		case i < 0:
			errs = append(errs, o.AddReplace(r.Old.Path, r.Old.Version, r.New.Path, r.New.Version))
		case o.Replace[i].New != r.New:
			errs = append(errs, fmt.Errorf("go.mod: %s is replaced by %s here and by %s there; choose one", r.Old, o.Replace[i].New, r.New))
		}
	}
	return errors.Join(errs...)
}

func joinExcluded(o, t *modfile.File) error {
	var errs []error
	for _, e := range t.Exclude {
		errs = append(errs, o.AddExclude(e.Mod.Path, e.Mod.Version)) // once
	}
	for _, r := range t.Retract {
		if !slices.ContainsFunc(o.Retract, func(have *modfile.Retract) bool { return have.VersionInterval == r.VersionInterval }) {
			errs = append(errs, o.AddRetract(r.VersionInterval, r.Rationale))
		}
	}
	return errors.Join(errs...)
}

func joinTools(o, t *modfile.File) error {
	var errs []error
	for _, tool := range t.Tool {
		errs = append(errs, o.AddTool(tool.Path)) // once
	}
	return errors.Join(errs...)
}

func joinSettings(o, t *modfile.File) error {
	var errs []error
	for _, g := range t.Godebug {
		if !slices.ContainsFunc(o.Godebug, func(have *modfile.Godebug) bool { return have.Key == g.Key }) {
			errs = append(errs, o.AddGodebug(g.Key, g.Value))
		}
	}
	return errors.Join(errs...)
}

// UnionSums returns a go.sum with the lines of both.
func UnionSums(ours, theirs []byte) []byte {
	var sums []string
	for _, text := range [][]byte{ours, theirs} {
		for line := range strings.Lines(string(text)) {
			if strings.TrimSpace(line) != "" {
				sums = append(sums, strings.TrimSpace(line)+"\n")
			}
		}
	}
	slices.SortFunc(sums, CompareSums)
	return []byte(strings.Join(slices.Compact(sums), ""))
}

// CompareSums orders lines of go.sum as the go command does.
func CompareSums(a, b string) int {
	x, y := strings.Fields(a), strings.Fields(b)
	if a == b || len(x) < 2 || len(y) < 2 {
		return strings.Compare(a, b)
	}
	versions := []module.Version{{Path: x[0], Version: x[1]}, {Path: y[0], Version: y[1]}}
	module.Sort(versions)
	if versions[0].Path == x[0] && versions[0].Version == x[1] {
		return -1
	}
	return 1
}
